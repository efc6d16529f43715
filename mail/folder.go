package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	gomail "github.com/wneessen/go-mail"
)

// Folder keeps messages as files in a folder, in the manner of a maildir: they are written in tmp, and appear
// in new when they are whole. It is for trying things out without a mail server.
type Folder struct{ path string }

// OpenFolder makes the folder.
func OpenFolder(path string) (*Folder, error) {
	for _, part := range []string{"tmp", "new"} {
		if err := os.MkdirAll(filepath.Join(path, part), 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of mails: %w", err)
		}
	}
	return &Folder{path: path}, nil
}

// Path is where the messages appear.
func (f *Folder) Path() string { return filepath.Join(f.path, "new") }

// Send writes a message to a file of its own; the same message again replaces it. The file tells who gets a
// blind copy, which is told to no mail server's client.
func (f *Folder) Send(_ context.Context, message *Message) error {
	composed, err := compose(message)
	if err != nil {
		return err
	}
	for _, one := range message.Bcc {
		composed.SetGenHeader("X-Bcc", one.Email)
	}
	composed.SetGenHeader(gomail.HeaderXMailer, "Klantkaart")
	var content bytes.Buffer
	if _, err := composed.WriteTo(&content); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	sum := sha256.Sum256([]byte(message.ID))
	name := message.Date.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(sum[:6]) + ".eml"
	return f.keep(name, content.Bytes())
}

func (f *Folder) keep(name string, content []byte) error {
	fresh := filepath.Join(f.path, "tmp", name)
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make the file of a mail: %w", err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(fresh, filepath.Join(f.path, "new", name))
	}
	if err != nil {
		return fmt.Errorf("keep a mail: %w", err)
	}
	return nil
}
