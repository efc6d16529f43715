// Command probe tells .ci/engines what it needs to know about database servers, through the drivers
// that the product uses:
//
//	probe sqlite               the version of the embedded SQLite
//	probe postgres URL         the version of the server, if it answers and lets us create databases
//	probe redis URL            the version of the server, if it answers
//	probe port                 a TCP port of this machine that is free
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// patience is how long a server may take to answer.
const patience = 3 * time.Second

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		log.Fatal(err) //nolint:gocritic // the process ends here, the timer with it
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	answer, err := ask(ctx, args)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, answer)
	return err
}

func ask(ctx context.Context, args []string) (any, error) {
	switch question := strings.Join(args[:min(1, len(args))], ""); {
	case question == "sqlite" && len(args) == 1:
		return sqliteVersion(ctx)
	case question == "postgres" && len(args) == 2:
		return postgresVersion(ctx, args[1])
	case question == "redis" && len(args) == 2:
		return redisVersion(ctx, args[1])
	case question == "port" && len(args) == 1:
		return freePort(ctx)
	}
	return nil, errors.New("usage: probe sqlite | postgres URL | redis URL | port")
}

func sqliteVersion(ctx context.Context) (version string, err error) {
	d, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	err = d.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	return version, err
}

func postgresVersion(ctx context.Context, url string) (string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var version string
	var creates bool
	row := conn.QueryRow(ctx, `
		SELECT current_setting('server_version'), rolcreatedb OR rolsuper
		FROM pg_roles
		WHERE rolname = current_user`)
	if err := row.Scan(&version, &creates); err != nil {
		return "", err
	}
	if !creates {
		return "", errors.New("the role may not create databases")
	}
	return strings.Fields(version)[0], nil // "15.18 (Debian 15.18-0+deb12u1)"
}

func redisVersion(ctx context.Context, url string) (string, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return "", err
	}
	logging.Disable()
	options.MaxRetries = -1 // the caller asks again
	client := redis.NewClient(options)
	defer client.Close()
	info, err := client.InfoMap(ctx, "server").Result()
	if err != nil {
		return "", err
	}
	return info["Server"]["redis_version"], nil
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
