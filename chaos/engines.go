package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// postgresServer is a PostgreSQL server: one of our own, which may be killed, or one that was given.
type postgresServer struct {
	url  string   // of its own database
	own  *process // nil when it was given
	data string   // folder of ours
}

// givenPostgres uses a server that runs already.
func givenPostgres(address string) *postgresServer { return &postgresServer{url: address} }

// startPostgres makes a server of our own from the installed programs.
func startPostgres(ctx context.Context, folder string) (*postgresServer, error) {
	programs, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(address)
	owner, err := postgresOwner()
	if err != nil {
		return nil, err
	}
	s := &postgresServer{data: filepath.Join(folder, "postgres"), url: "postgres://postgres@" + address + "/postgres?sslmode=disable"}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	if owner != nil {
		if err := errors.Join(os.Chown(s.data, int(owner.Uid), int(owner.Gid)), os.Chmod(folder, 0o711)); err != nil { //nolint:gosec // its owner must pass through
			return nil, err
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), "--pgdata="+s.data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync") //nolint:gosec // an installed program
	initdb.Dir, initdb.Env = "/", append(os.Environ(), "LC_ALL=C.UTF-8")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	if output, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, output)
	}
	s.own = &process{name: "PostgreSQL", log: filepath.Join(folder, "postgres.log"), command: func() *exec.Cmd {
		// Durable to the process, not to the power cut: that is not what is tried here.
		command := exec.Command(filepath.Join(programs, "postgres"), "-D", s.data, "-c", "listen_addresses="+host, "-c", "port="+port, //nolint:noctx,gosec // it is stopped by kill
			"-c", "unix_socket_directories=", "-c", "max_connections=100", "-c", "fsync=off")
		command.Dir, command.SysProcAttr = "/", &syscall.SysProcAttr{Credential: owner}
		return command
	}}
	return s, s.restart(ctx)
}

// restart starts a server of our own, and waits until it answers.
func (s *postgresServer) restart(ctx context.Context) error {
	if err := s.own.start(); err != nil {
		return err
	}
	return await(ctx, patience, func() error {
		conn, err := pgx.Connect(ctx, s.url)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// stop ends a server of our own at once, as pg_ctl -m immediate does.
func (s *postgresServer) stop() {
	s.own.send(syscall.SIGCONT)
	s.own.sendMain(syscall.SIGQUIT)
	if !s.own.wait(patience) {
		s.own.kill()
	}
}

// postgresPrograms is the folder of initdb and postgres, of the newest version that is installed.
func postgresPrograms() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(folders)
	slices.Reverse(folders)
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	return "", errors.New("PostgreSQL is not installed: initdb is nowhere to be found")
}

// postgresOwner is who runs the server: PostgreSQL refuses to run as root.
func postgresOwner() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		if owner, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, uidErr := strconv.ParseUint(owner.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(owner.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

// newDatabase makes an empty database and gives its URL.
func (s *postgresServer) newDatabase(ctx context.Context, name string) (string, error) {
	if err := s.execute(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	address, err := url.Parse(s.url)
	if err != nil {
		return "", errors.New("the PostgreSQL URL cannot be read")
	}
	address.Path = "/" + name
	return address.String(), nil
}

func (s *postgresServer) dropDatabase(ctx context.Context, name string) error {
	return s.execute(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
}

func (s *postgresServer) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// through gives the network and the address of the server behind a URL, and the URL by way of a proxy.
func through(database string) (network, target string, by func(address string) string, err error) {
	config, err := pgx.ParseConfig(database)
	if err != nil {
		return "", "", nil, errors.New("the PostgreSQL URL cannot be read")
	}
	network, target = "tcp", net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if strings.HasPrefix(config.Host, "/") {
		network, target = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port)
	}
	return network, target, func(address string) string {
		by := url.URL{Scheme: "postgres", User: url.UserPassword(config.User, config.Password), Host: address, Path: "/" + config.Database}
		query := url.Values{"sslmode": {"disable"}, "connect_timeout": {"5"}}
		by.RawQuery = query.Encode()
		return by.String()
	}, nil
}

// redisServer is a Redis server of our own, without a disk.
type redisServer struct {
	address string
	own     *process
	client  *redis.Client
}

func startRedis(ctx context.Context, folder string) (*redisServer, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("redis-server is nowhere to be found: Redis is not installed")
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(address)
	s := &redisServer{address: address, client: redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1})}
	s.own = &process{name: "Redis", log: filepath.Join(folder, "redis.log"), command: func() *exec.Cmd {
		return exec.Command(program, "--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", folder) //nolint:noctx,gosec // it is stopped by kill
	}}
	return s, s.restart(ctx)
}

// restart starts the server, empty as it always is, and waits until it answers.
func (s *redisServer) restart(ctx context.Context) error {
	if err := s.own.start(); err != nil {
		return err
	}
	return await(ctx, patience, func() error { return s.client.Ping(ctx).Err() })
}
