package mail_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"klantkaart/mail"
	"klantkaart/mail/mailtest"
)

func letter() *mail.Message {
	return &mail.Message{
		ID: "com_1.1@delta.example", Date: time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC),
		From: mail.Address{Name: "Sanne Verhoef", Email: "sanne@delta.example"},
		To:   []mail.Address{{Name: "Naïma Bouzid", Email: "n.bouzid@vdv.example"}, {Email: "e.jansen@vdv.example"}},
		Cc:   []mail.Address{{Email: "joris@delta.example"}}, Bcc: []mail.Address{{Email: "stil@delta.example"}},
		Subject: "Twee kandidaten: één voor € 95, dat is een heel lange regel die gevouwen moet worden in de kop van de mail",
		Text:    "Beste Naïma,\n\n.\n.punt aan het begin\n" + strings.Repeat("een lange regel ", 100) + "\nSanne",
		HTML:    "<p>Beste <b>Naïma</b></p>", InReplyTo: "a@vdv.example", References: []string{"b@vdv.example", "a@vdv.example"},
		Files: []mail.File{{Name: "Profiel Ü.pdf", MediaType: "application/pdf", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("%PDF-1.7 \x00\xff")), nil
		}}},
	}
}

// sender gives a sender to a server.
func sender(t *testing.T, address string) *mail.SMTP {
	t.Helper()
	s, err := mail.OpenSMTP(address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, text string) *mail.Received {
	t.Helper()
	received, err := mail.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return received
}

// checkLetter says that a mail that was read is the letter.
func checkLetter(t *testing.T, got *mail.Received) {
	t.Helper()
	want := letter()
	if got.ID != want.ID || !got.Date.Equal(want.Date) || got.Subject != want.Subject || got.From != want.From || !slices.Equal(got.To, want.To) || !slices.Equal(got.Cc, want.Cc) {
		t.Errorf("the head is %+v", got.Message)
	}
	if got.InReplyTo != want.InReplyTo || !slices.Equal(got.References, want.References) {
		t.Errorf("it answers %q of %q", got.InReplyTo, got.References)
	}
	if got.Text != want.Text || got.HTML != want.HTML {
		t.Errorf("the text is %q, the HTML %q", got.Text, got.HTML)
	}
	if len(got.Parts) != 1 || got.Parts[0].Name != "Profiel Ü.pdf" || got.Parts[0].MediaType != "application/pdf" || string(got.Parts[0].Content) != "%PDF-1.7 \x00\xff" {
		t.Errorf("attached is %+v", got.Parts)
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := mail.Write(&out, letter()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "stil@delta.example") {
		t.Error("it tells who gets a blind copy")
	}
	for _, line := range strings.Split(out.String(), "\r\n") {
		if len(line) > 998 || strings.Contains(line, "\n") {
			t.Errorf("a line of %d octets: %.80q", len(line), line)
		}
	}
	checkLetter(t, read(t, out.String()))
}

func TestWriteLetsNoTextBecomeAHeader(t *testing.T) {
	t.Parallel()
	bad := letter()
	bad.Subject = "x\r\nBcc: spion@x.example"
	bad.To = []mail.Address{{Name: "y\r\nReply-To: spion@x.example", Email: "n@vdv.example"}}
	bad.Files[0].Name = "z\"\r\nX-Evil: 1\r\n\r\n.pdf"
	var out bytes.Buffer
	if err := mail.Write(&out, bad); err != nil {
		return // refused is fine too
	}
	for _, line := range strings.Split(out.String(), "\r\n") {
		for _, head := range []string{"Bcc:", "Reply-To:", "X-Evil:"} {
			if strings.HasPrefix(line, head) {
				t.Errorf("a text became a header: %q", line)
			}
		}
	}
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	t.Run("hands over to all receivers, blind ones too", func(t *testing.T) {
		t.Parallel()
		server := mailtest.Start(t, "geheim")
		if err := sender(t, server.URL()).Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
		took := server.Mails()
		if len(took) != 1 || took[0].From != "sanne@delta.example" ||
			!slices.Equal(took[0].To, []string{"n.bouzid@vdv.example", "e.jansen@vdv.example", "joris@delta.example", "stil@delta.example"}) {
			t.Fatalf("the server took %+v", took)
		}
		checkLetter(t, read(t, took[0].Data))
	})
	for name, one := range map[string]struct {
		fault mailtest.Fault
		want  mail.FailureKind
		final bool
	}{
		"a server that takes nobody":          {mailtest.Fault{At: "CONNECT", Reply: "554 no service"}, mail.Postponed, false},
		"a server that is too busy":           {mailtest.Fault{At: "CONNECT", Reply: "421 4.3.2 busy"}, mail.Postponed, false},
		"a server that hangs up":              {mailtest.Fault{At: "CONNECT"}, mail.Unreachable, false},
		"a sender that is not taken":          {mailtest.Fault{At: "MAIL", Reply: "550 5.7.1 not you"}, mail.Rejected, true},
		"a sender that is not taken now":      {mailtest.Fault{At: "MAIL", Reply: "451 4.7.1 greylisted"}, mail.Postponed, false},
		"one receiver that is unknown":        {mailtest.Fault{At: "RCPT", Only: "e.jansen", Reply: "550 5.1.1 unknown"}, mail.Rejected, true},
		"one receiver whose box is full":      {mailtest.Fault{At: "RCPT", Only: "e.jansen", Reply: "452 4.2.2 full"}, mail.Postponed, false},
		"a connection that breaks at RCPT":    {mailtest.Fault{At: "RCPT"}, mail.Unreachable, false},
		"content that is refused":             {mailtest.Fault{At: "END", Reply: "554 5.6.0 spam"}, mail.Rejected, true},
		"content that is not taken now":       {mailtest.Fault{At: "END", Reply: "451 4.3.0 try later"}, mail.Postponed, false},
		"a connection that breaks at the end": {mailtest.Fault{At: "END"}, mail.Unreachable, false},
		"DATA that is not taken now":          {mailtest.Fault{At: "DATA", Reply: "421 4.3.2 shutting down"}, mail.Postponed, false},
	} {
		t.Run("tells of "+name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.Start(t, "")
			server.FailNext(one.fault)
			err := sender(t, server.URL()).Send(t.Context(), letter())
			var failure *mail.Failure
			if !errors.As(err, &failure) || failure.Kind != one.want || failure.IsFinal() != one.final {
				t.Fatalf("got %v, want %s", err, one.want)
			}
			if took := server.Mails(); len(took) > 0 {
				t.Errorf("the server took %+v", took)
			}
		})
	}
	t.Run("tells of a wrong password", func(t *testing.T) {
		t.Parallel()
		server := mailtest.Start(t, "geheim")
		err := sender(t, strings.Replace(server.URL(), "geheim", "anders", 1)).Send(t.Context(), letter())
		var failure *mail.Failure
		if !errors.As(err, &failure) || failure.Kind != mail.Unauthenticated {
			t.Errorf("got %v", err)
		}
	})
	t.Run("tells of a server without encryption that must have it", func(t *testing.T) {
		t.Parallel()
		server := mailtest.Start(t, "")
		err := sender(t, strings.TrimSuffix(server.URL(), "?tls=none")).Send(t.Context(), letter())
		var failure *mail.Failure
		if !errors.As(err, &failure) || failure.Kind != mail.Unreachable || len(server.Mails()) > 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("is told an address that makes sense", func(t *testing.T) {
		t.Parallel()
		for _, address := range []string{"smtp://", "smtp://:587", "smtp://host:x", "smtp://host?tls=soms", "smtp://host:99999"} {
			if _, err := mail.OpenSMTP(address); err == nil {
				t.Errorf("%s was taken", address)
			}
		}
	})
}

func TestFolder(t *testing.T) {
	t.Parallel()
	folder, err := mail.OpenFolder(filepath.Join(t.TempDir(), "mail"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same again replaces it
		if err := folder.Send(t.Context(), letter()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder.Path(), "20261123-090000-*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files are %v, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	checkLetter(t, read(t, string(content)))
	if !strings.Contains(string(content), "X-Bcc: stil@delta.example") {
		t.Error("it does not tell who gets a blind copy")
	}
}
