// Package mailtest is a mail server for tests: it speaks SMTP over a real connection, keeps what it takes, and
// fails in the ways in which mail servers fail.
package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Mail is what the server took.
type Mail struct {
	From string
	To   []string
	Data string
}

// Fault is how the server fails at a mail. The zero Fault is none.
type Fault struct {
	// At is the command at which it fails: CONNECT, AUTH, MAIL, RCPT, DATA, or END for the end of the content.
	At string
	// Reply is what it says, such as "451 later"; empty cuts the connection without a word.
	Reply string
	// Keeps tells whether it takes the mail all the same, when it cuts the connection at END.
	Keeps bool
	// Only limits a fault at RCPT to one receiver.
	Only string
}

// Server is a mail server on an address of its own.
type Server struct {
	listener net.Listener
	password string

	mu     sync.Mutex
	mails  []Mail
	faults []Fault
	held   chan struct{} // while it is open, ends of content wait
	asked  chan struct{} // holds a token when an end of content waits
	open   map[net.Conn]bool
	busy   sync.WaitGroup
}

// Start runs a server until the test ends. With a password it takes mails of who shows it alone.
func Start(t testing.TB, password string) *Server {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{listener: listener, password: password, open: map[net.Conn]bool{}, asked: make(chan struct{}, 100)}
	s.busy.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.Release()
		s.mu.Lock()
		for conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.busy.Wait()
	})
	return s
}

// URL is the server's address, for the setting.
func (s *Server) URL() string {
	if s.password != "" {
		return fmt.Sprintf("smtp://kaart:%s@%s?tls=none", s.password, s.listener.Addr())
	}
	return fmt.Sprintf("smtp://%s?tls=none", s.listener.Addr())
}

// FailNext has the next mails fail, one after the other.
func (s *Server) FailNext(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Hold keeps mails waiting at the end of their content, until Release. Asked tells that one waits.
func (s *Server) Hold() (asked <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = make(chan struct{})
	return s.asked
}

// Release lets mails go on that Hold keeps waiting.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		close(s.held)
		s.held = nil
	}
}

// Mails are what the server took, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		var fault Fault
		if len(s.faults) > 0 {
			fault, s.faults = s.faults[0], s.faults[1:]
		}
		s.mu.Unlock()
		s.busy.Go(func() {
			(&session{server: s, conn: conn, in: bufio.NewReader(conn), fault: fault}).serve()
			_ = conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// session is one connection.
type session struct {
	server  *Server
	conn    net.Conn
	in      *bufio.Reader
	fault   Fault
	mail    Mail
	trusted bool
}

func (c *session) say(line string) { _, _ = io.WriteString(c.conn, line+"\r\n") }

// fails does what the fault of this session is at a command. It tells whether the command is dealt with, and
// whether the connection goes on.
func (c *session) fails(at, argument string) (failed, goesOn bool) {
	if c.fault.At != at || (c.fault.Only != "" && !strings.Contains(argument, c.fault.Only)) {
		return false, true
	}
	if c.fault.Reply == "" {
		return true, false
	}
	c.say(c.fault.Reply)
	return true, at != "CONNECT"
}

func (c *session) serve() {
	if failed, _ := c.fails("CONNECT", ""); failed {
		return
	}
	c.say("220 mail.test ESMTP")
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		if !c.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// command answers one command, and tells whether the connection goes on.
func (c *session) command(line string) bool {
	verb, argument, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	if failed, goesOn := c.fails(verb, argument); failed {
		return goesOn
	}
	switch verb {
	case "EHLO", "HELO":
		c.say("250-mail.test\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN")
	case "AUTH":
		c.authenticate(argument)
	case "MAIL", "RCPT":
		c.envelope(verb, argument)
	case "DATA":
		return c.data()
	case "RSET":
		c.mail = Mail{}
		c.say("250 2.0.0 reset")
	case "NOOP":
		c.say("250 2.0.0 ok")
	case "QUIT":
		c.say("221 2.0.0 bye")
		return false
	default:
		c.say("502 5.5.1 unknown")
	}
	return true
}

func (c *session) envelope(verb, argument string) {
	if c.server.password != "" && !c.trusted {
		c.say("530 5.7.0 authenticate first")
		return
	}
	_, address, _ := strings.Cut(argument, "<")
	address, _, _ = strings.Cut(address, ">")
	if verb == "MAIL" {
		c.mail = Mail{From: address}
	} else {
		c.mail.To = append(c.mail.To, address)
	}
	c.say("250 2.1.0 ok")
}

// data takes the content of a mail.
func (c *session) data() bool {
	c.say("354 go ahead")
	var content strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		content.WriteString(strings.TrimPrefix(line, "."))
	}
	c.mail.Data = content.String()
	c.server.wait()
	if failed, goesOn := c.fails("END", ""); failed {
		if c.fault.Keeps {
			c.server.keep(c.mail)
		}
		return goesOn
	}
	c.server.keep(c.mail)
	c.say("250 2.0.0 queued")
	return true
}

// wait is where a mail waits while the server holds mails.
func (s *Server) wait() {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		s.asked <- struct{}{}
		<-held
	}
}

func (s *Server) keep(mail Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, mail)
}
