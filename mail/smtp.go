package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP hands messages to a mail server, each over a connection of its own.
type SMTP struct {
	host    string
	options []gomail.Option
}

// smtpTimeout is how long a mail server may take to greet, and then to take a message.
const smtpTimeout = time.Minute

// OpenSMTP reads the address of a mail server: smtp://user:password@host:587 is encrypted from the first
// command on (STARTTLS) and smtps://host:465 from the first byte. smtp://host:25?tls=none trusts the network,
// ?tls=opportunistic takes what the server offers. Nothing is sent yet.
func OpenSMTP(address string) (*SMTP, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return nil, errors.New("must be an address such as smtp://user:password@mail.example.nl:587")
	}
	s := &SMTP{host: parsed.Hostname(), options: []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop()}}
	port := map[string]int{"smtp": gomail.DefaultPortTLS, "smtps": gomail.DefaultPortSSL}[parsed.Scheme]
	if given := parsed.Port(); given != "" {
		if port, err = strconv.Atoi(given); err != nil {
			return nil, errors.New("has a port that is no number")
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	switch tls := parsed.Query().Get("tls"); {
	case parsed.Scheme == "smtps":
		s.options = append(s.options, gomail.WithSSL())
	case tls == "" || tls == "required":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case tls == "opportunistic":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case tls == "none":
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, errors.New("has ?tls=, which must be required, opportunistic or none")
	}
	if name := parsed.User.Username(); name != "" {
		password, _ := parsed.User.Password()
		method := gomail.SMTPAuthAutoDiscover
		if parsed.Query().Get("tls") == "none" {
			method = gomail.SMTPAuthPlainNoEnc // who trusts the network with mails trusts it with the password
		}
		s.options = append(s.options, gomail.WithSMTPAuth(method), gomail.WithUsername(name), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("is no address of a mail server: %w", err)
	}
	return s, nil
}

// Send hands a message over. All who are to get it are taken, or none: the server refuses the whole when it
// does not take one of them.
func (s *SMTP) Send(ctx context.Context, message *Message) error {
	composed, err := compose(message)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("prepare a mail server: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return refusedAtTheDoor(err)
	}
	defer func() { _ = client.Close() }() // the message is over, whether or not the server says goodbye
	err = client.Send(composed)
	if composed.IsDelivered() || err == nil {
		return nil
	}
	return notTaken(err)
}

// refusedAtTheDoor says why a server does not let this program in.
func refusedAtTheDoor(err error) error {
	var reply *textproto.Error
	switch {
	case !errors.As(err, &reply):
		return &Failure{Kind: Unreachable, Err: err}
	case reply.Code == 530 || reply.Code == 534 || reply.Code == 535 || reply.Code == 538:
		return &Failure{Kind: Unauthenticated, Err: err}
	}
	return &Failure{Kind: Postponed, Err: err} // a server that takes nobody today may tomorrow
}

// notTaken says why a server did not take a message. Without an answer nobody knows whether it did.
func notTaken(err error) error {
	var fault *gomail.SendError
	code := 0
	if errors.As(err, &fault) {
		code = fault.ErrorCode()
	}
	switch {
	case code >= 500 && code != 530 && code != 535:
		return &Failure{Kind: Rejected, Err: err}
	case code == 530 || code == 535:
		return &Failure{Kind: Unauthenticated, Err: err}
	case code >= 400:
		return &Failure{Kind: Postponed, Err: err}
	}
	return &Failure{Kind: Unreachable, Err: err}
}
