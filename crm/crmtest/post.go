package crmtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"klantkaart/mail"
)

// The domains at which the Post does not deliver.
const (
	Refusing = "@weigert.example" // never
	Busy     = "@later.example"   // not now
)

// Post hands e-mails over to the test. It delivers everywhere but at two domains.
type Post struct {
	mu    sync.Mutex
	mails []*mail.Message
}

// Send keeps a message.
func (p *Post) Send(_ context.Context, message *mail.Message) error {
	for _, one := range slices.Concat(message.To, message.Cc, message.Bcc) {
		switch {
		case strings.HasSuffix(one.Email, Refusing):
			return &mail.Failure{Kind: mail.Rejected, Err: errors.New("550 5.1.1 unknown")}
		case strings.HasSuffix(one.Email, Busy):
			return &mail.Failure{Kind: mail.Postponed, Err: errors.New("451 4.3.0 later")}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, message)
	return nil
}

// Mails are what was handed over, in order.
func (p *Post) Mails() []*mail.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.mails)
}

// Deliver works on the spool until nothing is due.
func (o *Office) Deliver() {
	o.t.Helper()
	for {
		tried, err := o.Emails.SendNext(o.t.Context())
		if err == nil && !tried {
			tried, err = o.Accounts.SendNext(o.t.Context())
		}
		if err != nil {
			o.t.Fatal(err)
		}
		if !tried {
			return
		}
	}
}
