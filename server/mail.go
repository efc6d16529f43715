package main

import (
	"context"
	"errors"
	netmail "net/mail"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"klantkaart/crm"
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

// accountLinks say where e-mails about accounts come from and lead to: what the settings say, or what follows from the
// address that browsers use.
func (c *Config) accountLinks() crm.AccountLinks {
	public := c.PublicURL
	if public == "" {
		public = "http://" + c.Listen
	}
	public = strings.TrimSuffix(public, "/")
	links := crm.AccountLinks{From: mail.Address{Name: "Klantkaart", Email: "klantkaart@localhost"}, Page: c.AccountURL, Public: public}
	if address, err := url.Parse(public); err == nil && strings.Contains(address.Hostname(), ".") {
		links.From.Email = "klantkaart@" + address.Hostname()
	}
	if from, err := netmail.ParseAddress(c.MailFrom); err == nil {
		links.From = mail.Address{Name: from.Name, Email: from.Address}
	}
	if links.Page == "" {
		links.Page = public + "/account"
	}
	return links
}

// checkSender refuses what is no address to write from.
func checkSender(text string) error {
	if _, err := netmail.ParseAddress(text); err != nil {
		return errors.New("must be an address, such as Klantkaart <klantkaart@delta.example>")
	}
	return nil
}

// checkPage refuses what is no address of a page, or has a place for a token already.
func checkPage(text string) error {
	address, err := url.Parse(text)
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" || address.Fragment != "" {
		return errors.New("must be an address such as https://crm.example.nl/account")
	}
	return nil
}

// startMail hands over the e-mails that wait, one at a time, until the context ends or it is stopped.
func (n *node) startMail(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var running sync.WaitGroup
		running.Go(func() { n.crm.Emails.Work(ctx, mailInterval) })
		running.Go(func() { n.crm.Accounts.Work(ctx, mailInterval) })
		running.Wait()
	}()
	return func() {
		cancel()
		<-done
	}
}
