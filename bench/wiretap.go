package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"regexp"
	"sync"
)

// wiretap stands between the server and PostgreSQL and notes the statements that pass.
type wiretap struct {
	database string // host and port
	listener net.Listener

	mu    sync.Mutex
	texts map[string]string // one statement for each form
}

// tap gives the URL under which the database is reached through the wiretap.
func tap(ctx context.Context, database string) (*wiretap, string, error) {
	address, err := url.Parse(database)
	if err != nil {
		return nil, "", err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	w := &wiretap{database: address.Host, listener: listener, texts: make(map[string]string)}
	if address.Port() == "" {
		w.database = net.JoinHostPort(address.Hostname(), "5432")
	}
	address.Host = listener.Addr().String()
	query := address.Query()
	query.Set("sslmode", "disable") // what is encrypted cannot be read
	address.RawQuery = query.Encode()
	go w.accept(ctx)
	return w, address.String(), nil
}

func (w *wiretap) close() error { return w.listener.Close() }

func (w *wiretap) accept(ctx context.Context) {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.pass(ctx, client)
	}
}

func (w *wiretap) pass(ctx context.Context, client net.Conn) {
	defer client.Close() //nolint:errcheck // either may have gone
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.database)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // the same
	go func() {
		_, _ = io.Copy(client, server) // ends when either has gone
	}()
	_ = w.listen(client, server) // the same
}

// listen passes on what the server's node sends, message by message. The first has no type.
func (w *wiretap) listen(client io.Reader, server io.Writer) error {
	head := make([]byte, 0, 5)
	for first := true; ; first = false {
		head = head[:5]
		if first {
			head = head[:4]
		}
		if _, err := io.ReadFull(client, head); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[len(head)-4:])-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return err
		}
		if !first {
			w.note(head[0], body)
		}
		if _, err := server.Write(append(head[:len(head):len(head)], body...)); err != nil {
			return err
		}
	}
}

// note keeps the text of a statement that is prepared (P, behind its name) or sent as it stands (Q).
func (w *wiretap) note(kind byte, body []byte) {
	switch kind {
	case 'P':
		_, body, _ = bytes.Cut(body, []byte{0})
	case 'Q':
	default:
		return
	}
	text, _, _ := bytes.Cut(body, []byte{0})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[formOf(string(text))] = string(text)
}

// formOf gives the same for statements that differ in their values only.
func formOf(text string) string {
	text = regexp.MustCompile(`'(?:[^']|'')*'`).ReplaceAllString(text, "?")
	return regexp.MustCompile(`\b\d+\b`).ReplaceAllString(text, "?")
}

// statements gives one text of each form, and forgets them.
func (w *wiretap) statements() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, text := range w.texts {
		all = append(all, text)
	}
	clear(w.texts)
	return all
}
