package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"klantkaart/mail"
)

// mailInterval is how often a node looks for e-mails that other nodes were asked for, or that are due again.
const mailInterval = 5 * time.Second

// folderScheme begins the address of a folder of e-mails.
const folderScheme = "folder:"

// mailAddress is where e-mails go: what the settings say, or in demo mode a folder beside the data. Empty means
// that none can be sent.
func (c *Config) mailAddress() string {
	if c.MailURL != "" || c.Mode != Demo {
		return c.MailURL
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		return folderScheme + filepath.Join(filepath.Dir(path), "mail")
	}
	return folderScheme + filepath.Join("data", "mail")
}

// openMail gives what hands e-mails over; nil when there is nothing. No connection is made yet.
func openMail(config Config) (mail.Sender, error) {
	address := config.mailAddress()
	if address == "" {
		return nil, nil
	}
	if path, ok := strings.CutPrefix(address, folderScheme); ok {
		return mail.OpenFolder(path)
	}
	return mail.OpenSMTP(address)
}

// checkMail refuses a setting that names no place for e-mails.
func checkMail(address string) error {
	if path, ok := strings.CutPrefix(address, folderScheme); ok && path != "" {
		return nil
	}
	if err := scheme(address, "smtp", "smtps", "folder"); err != nil {
		return err
	}
	_, err := mail.OpenSMTP(address)
	return err
}

// startMail hands over the e-mails that wait, one at a time, until the context ends or it is stopped.
func (n *node) startMail(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.crm.Emails.Work(ctx, mailInterval)
	}()
	return func() {
		cancel()
		<-done
	}
}
