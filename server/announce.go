package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"

	"klantkaart/crm"
	"klantkaart/db"
)

// announce tells an operator that the server listens; in demo mode it also tells a newcomer what to do
// next.
func (n *node) announce(ctx context.Context, out io.Writer, address net.Addr) error {
	slog.InfoContext(ctx, "listening", slog.String("address", address.String()), slog.String("mode", string(n.config.Mode)),
		slog.String("database", string(n.store.Engine())), slog.String("version", programVersion()))
	if n.config.Mode != Demo {
		return nil
	}
	text := &strings.Builder{}
	at := "http://" + reachable(address)
	fmt.Fprintf(text, "\nKlantkaart is at %s, with the demo office in %s.\n\n", at, n.storeName())
	fmt.Fprint(text, "Open it in a browser. To sign in:\n")
	printColleagues(text)
	token, err := n.demoToken(ctx)
	if err != nil {
		return err
	}
	if path, ok := strings.CutPrefix(n.config.mailAddress(), folderScheme); ok {
		fmt.Fprintf(text, "\nE-mails go nowhere: they appear as files in %s.\n", filepath.Join(path, "new"))
	}
	fmt.Fprintf(text, "\nOr ask it something:\n  %s\n\n", exampleRequest(at, token))
	_, err = io.WriteString(out, text.String())
	return err
}

// storeName tells where the data is, without credentials.
func (n *node) storeName() string {
	if path, ok := strings.CutPrefix(n.config.DatabaseURL, string(db.SQLite)+":"); ok {
		return "the file " + path
	}
	return "PostgreSQL"
}

// reachable replaces "every address of this machine" by one that a browser can open.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return address.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}

func printColleagues(out io.Writer) {
	for _, colleague := range crm.DemoColleagues() {
		fmt.Fprintf(out, "  %-17s %-42s %-17s %s\n", colleague.Name, colleague.Email, colleague.Password, colleague.JobTitle)
	}
}

// demoToken signs the first colleague in, for the request that the newcomer may copy. There is none
// when the database holds an office that is not the demo's, or when signing in wants a second factor.
func (n *node) demoToken(ctx context.Context) (string, error) {
	first := crm.DemoColleagues()[0]
	signedIn, err := n.crm.Sessions.SignIn(ctx, first.Email, first.Password)
	switch {
	case errors.Is(err, crm.ErrBadCredentials), err == nil && signedIn.Step != "":
		return "", nil
	case err == nil:
		return signedIn.Token, nil
	}
	return "", err
}

// exampleRequest is a line for a shell that answers as it stands.
func exampleRequest(at, token string) string {
	if token == "" {
		return fmt.Sprintf(`curl -s %s/graphql -H 'content-type: application/json' -d '{"query":"{ __typename }"}'`, at)
	}
	return fmt.Sprintf(`curl -s %s/graphql -H 'content-type: application/json' -H 'authorization: Bearer %s' `+
		`-d '{"query":"{ viewer { user { name jobTitle } organization { name } } }"}'`, at, token)
}
