package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

// serve answers requests until a signal to stop.
func serve(ctx context.Context, p program, config Config) error {
	p.setLogger(config)
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	node, err := newNode(config, store)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	defer node.close()
	node.tryFiles(ctx)
	if config.Mode == Demo {
		if _, err := crm.LoadDemo(ctx, store, node.crm); err != nil {
			return fmt.Errorf("load the demo office: %w", err)
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("listen (choose another address with --listen): %w", err)
	}
	if err := node.announce(ctx, p.out, listener.Addr()); err != nil {
		return err
	}
	return node.run(ctx, listener)
}

// openStore connects to the database and brings it to this version.
func openStore(ctx context.Context, config Config) (*db.DB, error) {
	if path, ok := strings.CutPrefix(config.DatabaseURL, "sqlite:"); ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of the database: %w", err)
		}
	}
	store, err := db.Open(ctx, config.DatabaseURL)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if err := checkBorder(ctx, store, config); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// checkBorder refuses real data in a database that would not hold the border between offices.
func checkBorder(ctx context.Context, store *db.DB, config Config) error {
	err := store.CheckBorder(ctx)
	if !errors.Is(err, db.ErrBorderOpen) {
		return err
	}
	if config.Mode == Production && !config.OpenBorder {
		return fmt.Errorf("%w; connect as an ordinary role that owns the database, or set KLANTKAART_OPEN_BORDER", err)
	}
	slog.WarnContext(ctx, "the database does not hold the border between offices", slog.Any("error", err))
	return nil
}

func migrate(ctx context.Context, p program, config Config) error {
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "the %s database is at version %s\n", store.Engine(), db.MigrationsHash())
	return store.Close()
}

func loadDemo(ctx context.Context, p program, config Config) error {
	if config.Mode == Production {
		return misuse{"--mode (KLANTKAART_MODE) production refuses the demo office"}
	}
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	loaded, err := intoEmpty(ctx, store, config)
	if err := errors.Join(err, store.Close()); err != nil {
		return fmt.Errorf("load the demo office: %w", err)
	}
	if !loaded {
		return errors.New("the database holds an office already; the demo office goes into an empty one only")
	}
	fmt.Fprintln(p.out, "the demo office is loaded; its colleagues sign in with:")
	printColleagues(p.out)
	return nil
}

func intoEmpty(ctx context.Context, store *db.DB, config Config) (bool, error) {
	kept, err := openFiles(config)
	if err != nil {
		return false, err
	}
	defer kept.Close()
	services, err := crm.New(store, crm.Options{Files: kept})
	if err != nil {
		return false, err
	}
	return crm.LoadDemo(ctx, store, services)
}

// healthBudget is how long an answer about readiness may take.
const healthBudget = 3 * time.Second

// health asks the server that runs with the same settings on this machine whether it is ready: for
// containers, which have no other program to ask with.
func health(ctx context.Context, p program, config Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthBudget)
	defer cancel()
	host, port, _ := net.SplitHostPort(config.Listen) // config.check saw that it has both
	if address := net.ParseIP(host); host == "" || address.IsUnspecified() {
		host = "127.0.0.1"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("not reachable: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer.Status)
	}
	fmt.Fprintln(p.out, "ready")
	return nil
}

func printVersion(_ context.Context, p program, _ Config) error {
	fmt.Fprintf(p.out, "klantkaart %s, database %s\n", programVersion(), db.MigrationsHash())
	return nil
}

// programVersion is that of the release, or of the commit that was built.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, fact := range info.Settings {
		if fact.Key == "vcs.revision" {
			return fact.Value
		}
	}
	return info.Main.Version
}
