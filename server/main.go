// Command server is klantkaart: the customer card of a secondment office, over GraphQL and websockets.
// `server --help` explains its commands and settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // a container has no time zones of its own

	"github.com/caarlos0/env/v11"
)

// The exit codes.
const (
	succeeded = 0
	failed    = 1
	misused   = 2 // wrong arguments or settings
)

// garbagePercent is how much garbage may gather, against what lives: answers are short-lived and little
// lives, so that collecting less often saves a tenth of the processor time for some 50 MB. GOGC overrides it.
const garbagePercent = 400

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	here := program{environment: env.ToMap(os.Environ()), in: os.Stdin, out: os.Stdout, err: os.Stderr,
		setLogger: func(config Config) { setLogger(os.Stderr, config) }}
	os.Exit(here.run(ctx, os.Args[1:]))
}

// program is what a command has around it.
type program struct {
	environment map[string]string
	own         map[string]string // the values of the command's own flags
	in          io.Reader
	out, err    io.Writer
	// setLogger makes the log of the process, which is one for all its parts.
	setLogger func(Config)
}

// command is one thing the program can do.
type command struct {
	name    string
	purpose string
	run     func(ctx context.Context, p program, config Config) error
	own     []string // flags that only this command has, all with a value
}

func commands() []command {
	return []command{
		{name: "serve", purpose: "answer requests (what it does without a command)", run: serve},
		{name: "migrate", purpose: "bring the database to this version, and stop", run: migrate},
		{name: "demo", purpose: "load the demo office into an empty database, and stop", run: loadDemo},
		{name: "office", purpose: "found an office: --name, --administrator, --email; the password is the first line of standard input",
			run: foundOffice, own: []string{"name", "administrator", "email"}},
		{name: "offices", purpose: "list the offices: id, name, since when, and whether suspended", run: listOffices},
		{name: "suspend-office", purpose: "let nobody of an office in any more: --id; servers may run", run: suspendOffice, own: []string{"id"}},
		{name: "resume-office", purpose: "let an office in again that was suspended: --id", run: resumeOffice, own: []string{"id"}},
		{name: "delete-office", purpose: "delete a suspended office for good, with all its cards and files: --id, and --name exactly as it is called",
			run: deleteOffice, own: []string{"id", "name"}},
		{name: "allow-passwords", purpose: "let an office sign in by password again whose provider is gone: --email, of an administrator; the new password is the first line of standard input",
			run: allowPasswords, own: []string{"email"}},
		{name: "rotate-secrets", purpose: "encrypt second factors with --secret-key that were encrypted with one of --secret-keys-old, and stop; servers may run", run: rotateSecrets},
		{name: "health", purpose: "ask the server of the same settings whether it is ready", run: health},
		{name: "version", purpose: "tell the version", run: printVersion},
	}
}

// run does what the arguments say and gives the exit code. What went wrong is one line.
func (p program) run(ctx context.Context, arguments []string) int {
	err := p.start(ctx, arguments)
	var wrong misuse
	switch {
	case err == nil:
		return succeeded
	case errors.As(err, &wrong):
		fmt.Fprintf(p.err, "klantkaart: %s (--help explains every setting)\n", oneLine(err))
		return misused
	}
	fmt.Fprintf(p.err, "klantkaart: %s\n", oneLine(err))
	return failed
}

func (p program) start(ctx context.Context, arguments []string) error {
	chosen, rest, err := choose(arguments)
	if err != nil {
		return err
	}
	p.own = map[string]string{}
	for _, name := range chosen.own {
		p.own[name] = ""
	}
	config, help, err := loadConfig(rest, p.environment, p.own)
	if err != nil {
		return err
	}
	if help {
		return printHelp(p.out)
	}
	return chosen.run(ctx, p, config)
}

// choose finds the command; without one it is the first.
func choose(arguments []string) (command, []string, error) {
	all := commands()
	if len(arguments) == 0 || strings.HasPrefix(arguments[0], "-") {
		return all[0], arguments, nil
	}
	if arguments[0] == "help" {
		return all[0], []string{"--help"}, nil
	}
	for _, one := range all {
		if one.name == arguments[0] {
			return one, arguments[1:], nil
		}
	}
	return command{}, nil, misuse{fmt.Sprintf("there is no command %q", arguments[0])}
}

// misuse is an error in the arguments or the settings.
type misuse struct{ text string }

func (m misuse) Error() string { return m.text }

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
