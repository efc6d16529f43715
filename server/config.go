package main

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Mode tells what the server is run for.
type Mode string

// The modes.
const (
	Demo       Mode = "demo"
	Production Mode = "production"
)

// What serves websockets.
const (
	OwnSocket   = "own"
	StockSocket = "stock"
)

// Config holds every setting. This struct is their only description: the flags, the environment
// variables, the defaults and --help all come from its tags.
type Config struct {
	Mode           Mode          `env:"KLANTKAART_MODE" envDefault:"demo" flag:"mode" help:"demo or production; production has no explorer, no demo office, no introspection for strangers, and cookies over https only"`
	Listen         string        `env:"KLANTKAART_LISTEN" envDefault:"127.0.0.1:8080" flag:"listen" help:"address to listen on, host:port"`
	DatabaseURL    string        `env:"DATABASE_URL" envDefault:"sqlite:data/klantkaart.db" flag:"database-url" help:"sqlite:PATH for a file of its own, or postgres://user:password@host:5432/name"`
	OpenBorder     bool          `env:"KLANTKAART_OPEN_BORDER" flag:"open-border" help:"start in production with a PostgreSQL role that goes past row level security: a superuser, or one with BYPASSRLS; then only the statements themselves keep offices apart"`
	RedisURL       string        `env:"REDIS_URL" flag:"redis-url" help:"redis://host:6379/0 where several servers share a database; a single server needs none"`
	PublicURL      string        `env:"KLANTKAART_PUBLIC_URL" flag:"public-url" help:"address that browsers use, such as https://kaart.example.nl; with https the session cookie is sent over https only"`
	AllowedOrigins []string      `env:"KLANTKAART_ALLOWED_ORIGINS" flag:"allowed-origins" help:"origins of other web applications that may call this server, comma-separated, such as https://crm.example.nl"`
	TrustedProxies []string      `env:"KLANTKAART_TRUSTED_PROXIES" flag:"trusted-proxies" help:"networks of the proxies whose X-Forwarded-For is believed, comma-separated, such as 10.0.0.0/8"`
	Timeout        time.Duration `env:"KLANTKAART_TIMEOUT" envDefault:"10s" flag:"timeout" help:"how long a query or mutation may take"`
	UserBudget     int64         `env:"KLANTKAART_BUDGET_PER_USER" envDefault:"3000000" flag:"budget-per-user" help:"how much the queries and mutations of one colleague may cost in a minute, and those of strangers from one address; a value of an answer costs one; 0 for any amount"`
	TokenBudget    int64         `env:"KLANTKAART_BUDGET_PER_TOKEN" envDefault:"3000000" flag:"budget-per-token" help:"how much those with one API token may cost in a minute; 0 for any amount"`
	OfficeBudget   int64         `env:"KLANTKAART_BUDGET_PER_OFFICE" envDefault:"15000000" flag:"budget-per-office" help:"how much those of one office may cost in a minute, people and programs together; 0 for any amount"`
	DrainDelay     time.Duration `env:"KLANTKAART_DRAIN_DELAY" envDefault:"0s" flag:"drain-delay" help:"how long to keep serving after a signal to stop while /readyz says no, so that a load balancer notices"`
	Socket         string        `env:"KLANTKAART_SOCKET" envDefault:"own" flag:"socket" help:"own or stock; stock has gqlgen's transport serve websockets, at several times the memory, should the own one fail"`
	Sockets        int           `env:"KLANTKAART_SOCKETS" envDefault:"25000" flag:"sockets" help:"how many websockets and event streams may be open on this server; 0 for as many as come"`
	SocketsPerUser int           `env:"KLANTKAART_SOCKETS_PER_USER" envDefault:"20" flag:"sockets-per-user" help:"how many of them one user may have on all servers together; 0 for any number"`
	OfficeSockets  int           `env:"KLANTKAART_SOCKETS_PER_OFFICE" envDefault:"5000" flag:"sockets-per-office" help:"how many of them one office may have on all servers together; 0 for any number"`
	StopTimeout    time.Duration `env:"KLANTKAART_STOP_TIMEOUT" envDefault:"20s" flag:"stop-timeout" help:"how long running requests may take to finish when stopping"`
	ReplayWindow   time.Duration `env:"KLANTKAART_REPLAY_WINDOW" envDefault:"168h" flag:"replay-window" help:"how long a client may stay away and still be sent exactly what it missed; older events are out of the replay, unless they are among the last of their office"`
	ReplayMinimum  int64         `env:"KLANTKAART_REPLAY_MINIMUM" envDefault:"10000" flag:"replay-minimum" help:"how many of the last events of an office can be replayed, however old"`
	History        time.Duration `env:"KLANTKAART_HISTORY" envDefault:"0s" flag:"history" help:"how long events stay in the history of cards once they are out of the replay; then they are deleted, for good; 0 keeps them for ever"`
	SweepInterval  time.Duration `env:"KLANTKAART_JANITOR_INTERVAL" envDefault:"10m" flag:"janitor-interval" help:"how often old events are let go"`
	Checkpoint     time.Duration `env:"KLANTKAART_CHECKPOINT_INTERVAL" envDefault:"1m" flag:"checkpoint-interval" help:"after how long a quiet subscription is told how far the log is, if it has grown"`
	KeepReports    time.Duration `env:"KLANTKAART_REPORT_RETENTION" envDefault:"168h" flag:"report-retention" help:"how long reports are kept once they are made, with their files"`
	MailURL        string        `env:"KLANTKAART_MAIL_URL" flag:"mail-url" help:"where e-mails go out: smtp://user:password@host:587 (STARTTLS; ?tls=none or opportunistic for a network that is trusted), smtps://host:465, or folder:PATH for files; without it demo mode writes to a folder mail beside the embedded database or in data, and production sends none"`
	MailFrom       string        `env:"KLANTKAART_MAIL_FROM" flag:"mail-from" help:"who writes e-mails about accounts, such as Klantkaart <klantkaart@delta.example>; without it, klantkaart at the host of the public address"`
	AccountURL     string        `env:"KLANTKAART_ACCOUNT_URL" flag:"account-url" help:"page where people accept invitations and choose new passwords, such as https://crm.example.nl/account; e-mails lead there, with the token behind #. Without it, /account at the public address"`
	SecretKey      string        `env:"KLANTKAART_SECRET_KEY" flag:"secret-key" help:"key that second factors and what servers tell each other are encrypted with, 32 random bytes in base64 (openssl rand -base64 32); better in the environment, for flags show in the list of processes. Without it demo mode makes one beside the embedded database or in data, and production has no second factors"`
	OldSecretKeys  []string      `env:"KLANTKAART_SECRET_KEYS_OLD" flag:"secret-keys-old" help:"keys of before, comma-separated, until rotate-secrets has run"`
	UserUploads    int64         `env:"KLANTKAART_UPLOADS_PER_USER" envDefault:"2000" flag:"uploads-per-user" help:"how many files one colleague may upload in a day; 0 for any number"`
	OfficeUploads  int64         `env:"KLANTKAART_UPLOADS_PER_OFFICE" envDefault:"20000" flag:"uploads-per-office" help:"how many files one office may upload in a day; 0 for any number"`
	UserVolume     int64         `env:"KLANTKAART_UPLOAD_SIZE_PER_USER" envDefault:"5000" flag:"upload-size-per-user" help:"how much one colleague may upload in a day, in megabytes; 0 for any amount"`
	OfficeVolume   int64         `env:"KLANTKAART_UPLOAD_SIZE_PER_OFFICE" envDefault:"50000" flag:"upload-size-per-office" help:"how much one office may upload in a day, in megabytes; 0 for any amount"`
	FilesFolder    string        `env:"KLANTKAART_FILES" flag:"files" help:"folder of the files that people upload and letters that were sent; without it, files beside the embedded database or data/files. With a bucket, where uploads are gathered until they are whole"`
	MaxFile        int64         `env:"KLANTKAART_MAX_FILE" envDefault:"25" flag:"max-file" help:"how large a file may be, in megabytes"`
	S3Endpoint     string        `env:"KLANTKAART_S3_ENDPOINT" flag:"s3-endpoint" help:"address of a service that speaks S3, such as https://s3.eu-central-1.amazonaws.com, to keep files there instead of in the folder"`
	S3Region       string        `env:"KLANTKAART_S3_REGION" envDefault:"us-east-1" flag:"s3-region" help:"region of the bucket"`
	S3Bucket       string        `env:"KLANTKAART_S3_BUCKET" flag:"s3-bucket" help:"bucket for files; it must be there, and be private"`
	S3KeyID        string        `env:"KLANTKAART_S3_ACCESS_KEY_ID" flag:"s3-access-key-id" help:"access key of the bucket: to get, put and delete objects"`
	S3Secret       string        `env:"KLANTKAART_S3_SECRET_ACCESS_KEY" flag:"s3-secret-access-key" help:"its secret"`
	SSOSecrets     string        `env:"KLANTKAART_SSO_SECRETS" flag:"sso-secrets" help:"folder of the secrets of clients of identity providers: a file for each, named after the provider's id; a provider without a file is used as a public client"`
	SSONetworks    []string      `env:"KLANTKAART_SSO_NETWORKS" flag:"sso-networks" help:"networks beside the public internet in which identity providers may be, comma-separated, such as 10.0.0.0/8; in demo mode this machine is among them"`
	AllowGet       bool          `env:"KLANTKAART_ALLOW_GET" envDefault:"false" flag:"allow-get" help:"answer queries sent by GET; their variables then stand in addresses and logs"`
	LogLevel       slog.Level    `env:"KLANTKAART_LOG_LEVEL" envDefault:"info" flag:"log-level" help:"debug, info, warn or error"`
	LogFormat      string        `env:"KLANTKAART_LOG_FORMAT" envDefault:"text" flag:"log-format" help:"text or json"`
	Trial          bool          `env:"KLANTKAART_TRIAL" envDefault:"false" flag:"trial" help:"add the fields that trials of clients need: slow, boom and tick; refused in production"`

	origins map[string]bool
	proxies []netip.Prefix
	// ssoNetworks are where identity providers may be beside the public internet.
	ssoNetworks []netip.Prefix
	// clock tells the time for budgets; a test's own, or nil.
	clock func() time.Time
}

// check refuses values that cannot be meant, and reads those that have parts.
func (c *Config) check() error {
	checks := []struct {
		flag string
		err  error
	}{
		{"mode", oneOf(string(c.Mode), string(Demo), string(Production))},
		{"listen", address(c.Listen)},
		{"database-url", scheme(c.DatabaseURL, "sqlite", "postgres", "postgresql")},
		{"redis-url", optional(c.RedisURL, func(s string) error { return scheme(s, "redis", "rediss") })},
		{"public-url", optional(c.PublicURL, func(s string) error { _, err := originOf(s); return err })},
		{"allowed-origins", c.readOrigins()},
		{"trusted-proxies", c.readProxies()},
		{"sso-networks", c.readSSONetworks()},
		{"mail-url", optional(c.MailURL, checkMail)},
		{"mail-from", optional(c.MailFrom, checkSender)},
		{"account-url", optional(c.AccountURL, checkPage)},
		{"secret-key", optional(c.SecretKey, func(s string) error { _, err := keyOf(s); return err })},
		{"secret-keys-old", c.checkOldKeys()},
		{"timeout", atLeast(c.Timeout, time.Millisecond)},
		{"socket", oneOf(c.Socket, OwnSocket, StockSocket)},
		{"sockets", notNegative(c.Sockets)},
		{"sockets-per-user", notNegative(c.SocketsPerUser)},
		{"sockets-per-office", notNegative(c.OfficeSockets)},
		{"budget-per-user", c.checkBudget(c.UserBudget)},
		{"budget-per-token", c.checkBudget(c.TokenBudget)},
		{"budget-per-office", c.checkBudget(c.OfficeBudget)},
		{"uploads-per-user", notNegative(int(c.UserUploads))},
		{"uploads-per-office", notNegative(int(c.OfficeUploads))},
		{"upload-size-per-user", c.checkUploads(c.UserVolume)},
		{"upload-size-per-office", c.checkUploads(c.OfficeVolume)},
		{"drain-delay", atLeast(c.DrainDelay, 0)},
		{"stop-timeout", atLeast(c.StopTimeout, 0)},
		{"replay-window", atLeast(c.ReplayWindow, 0)},
		{"replay-minimum", positive(c.ReplayMinimum)},
		{"history", atLeast(c.History, 0)},
		{"janitor-interval", atLeast(c.SweepInterval, time.Millisecond)},
		{"checkpoint-interval", atLeast(c.Checkpoint, time.Millisecond)},
		{"report-retention", atLeast(c.KeepReports, time.Minute)},
		{"max-file", positive(c.MaxFile)},
		{"s3-endpoint", optional(c.S3Endpoint, func(s string) error { _, err := originOf(s); return err })},
		{"s3-bucket", c.wantsWithS3(c.S3Bucket)},
		{"s3-access-key-id", c.wantsWithS3(c.S3KeyID)},
		{"s3-secret-access-key", c.wantsWithS3(c.S3Secret)},
		{"log-format", oneOf(c.LogFormat, "text", "json")},
		{"trial", c.refuseInProduction()},
	}
	for _, check := range checks {
		if check.err != nil {
			return wrong(check.flag, check.err.Error())
		}
	}
	return nil
}

// secure tells whether the session cookie may travel over https only.
func (c *Config) secure() bool {
	return c.Mode == Production || strings.HasPrefix(c.PublicURL, "https://")
}

// readOrigins gathers the origins that may call, in the form in which browsers name them.
func (c *Config) readOrigins() error {
	c.origins = map[string]bool{}
	given := c.AllowedOrigins
	if c.PublicURL != "" {
		given = append([]string{c.PublicURL}, given...)
	}
	for _, one := range given {
		origin, err := originOf(one)
		if err != nil {
			return err
		}
		c.origins[origin] = true
	}
	return nil
}

func (c *Config) readProxies() (err error) {
	c.proxies, err = networks(c.TrustedProxies)
	return err
}

func (c *Config) readSSONetworks() (err error) {
	given := c.SSONetworks
	if c.Mode == Demo {
		given = append([]string{"127.0.0.0/8", "::1/128"}, given...)
	}
	c.ssoNetworks, err = networks(given)
	return err
}

func networks(texts []string) (read []netip.Prefix, err error) {
	for _, text := range texts {
		network, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, errors.New("must be networks such as 10.0.0.0/8")
		}
		read = append(read, network.Masked())
	}
	return read, nil
}

func (c *Config) refuseInProduction() error {
	if c.Trial && c.Mode == Production {
		return errors.New("is refused in production")
	}
	return nil
}

// wantsWithS3 says that a setting of the bucket is missing.
func (c *Config) wantsWithS3(value string) error {
	if c.S3Endpoint != "" && value == "" {
		return errors.New("is needed with --s3-endpoint")
	}
	return nil
}

// originOf gives scheme and host of an http address.
func originOf(text string) (string, error) {
	address, err := url.Parse(strings.TrimSpace(text))
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" || strings.Trim(address.Path, "/") != "" {
		return "", errors.New("must be an address such as https://crm.example.nl")
	}
	return address.Scheme + "://" + strings.ToLower(address.Host), nil
}

func oneOf(value string, allowed ...string) error {
	for _, one := range allowed {
		if value == one {
			return nil
		}
	}
	return errors.New("must be " + strings.Join(allowed, " or "))
}

func address(value string) error {
	_, port, err := net.SplitHostPort(value)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		return errors.New("must be host:port, such as 127.0.0.1:8080")
	}
	return nil
}

func scheme(value string, allowed ...string) error {
	found, rest, _ := strings.Cut(value, ":")
	if rest == "" || oneOf(found, allowed...) != nil {
		return errors.New("must begin with " + strings.Join(allowed, ": or ") + ":")
	}
	return nil
}

func optional(value string, check func(string) error) error {
	if value == "" {
		return nil
	}
	return check(value)
}

func positive(value int64) error {
	if value < 1 {
		return errors.New("must be at least 1")
	}
	return nil
}

func atLeast(value, least time.Duration) error {
	if value < least {
		return errors.New("must be at least " + least.String())
	}
	return nil
}

func notNegative(value int) error {
	if value < 0 {
		return errors.New("must not be negative")
	}
	return nil
}
