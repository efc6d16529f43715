package mail_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"klantkaart/mail"
)

const head = "From: =?iso-8859-1?Q?Na=EFma_Bouzid?= <n.bouzid@vdv.example>\r\nTo: sanne@delta.example, Joris <joris@delta.example>\r\n" +
	"Subject: =?utf-8?B?w6nDqW4=?=\r\n =?utf-8?Q?_vraag?=\r\nDate: Fri, 20 Nov 2026 11:47:00 +0100\r\nMessage-ID: <1@vdv.example>\r\n"

func TestRead(t *testing.T) {
	t.Parallel()
	t.Run("reads names and subjects in any charset", func(t *testing.T) {
		t.Parallel()
		got := read(t, head+"Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nTarief =80 95\r\n")
		if got.From != (mail.Address{Name: "Naïma Bouzid", Email: "n.bouzid@vdv.example"}) || got.Subject != "één vraag" || got.Text != "Tarief € 95" {
			t.Errorf("got %+v", got.Message)
		}
		if !got.IsDated || !got.Date.Equal(time.Date(2026, time.November, 20, 10, 47, 0, 0, time.UTC)) {
			t.Errorf("dated %v, %v", got.IsDated, got.Date)
		}
		if len(got.To) != 2 || got.To[1].Name != "Joris" {
			t.Errorf("to %+v", got.To)
		}
	})
	t.Run("reads text, HTML and what is attached, however deep", func(t *testing.T) {
		t.Parallel()
		got := read(t, head+"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"+
			"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplat\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>rijk</p>\r\n--c--\r\n"+
			"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <x>\r\n\r\niVBORw==\r\n--b--\r\n"+
			"--a\r\nContent-Type: application/pdf; name=\"=?utf-8?Q?voorstel_=C3=A9=C3=A9n.pdf?=\"\r\nContent-Disposition: attachment\r\n\r\n%PDF\r\n"+
			"--a\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"..\\\\..\\\\a.txt\"\r\n\r\nbestand\r\n"+
			"--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: binnen\r\n\r\nx\r\n--a--\r\n")
		if got.Text != "plat" || got.HTML != "<p>rijk</p>" {
			t.Errorf("text %q, HTML %q", got.Text, got.HTML)
		}
		var names []string
		for _, part := range got.Parts {
			names = append(names, fmt.Sprint(part.Name, " ", part.MediaType, " ", len(part.Content)))
		}
		if fmt.Sprint(names) != "[bijlage image/png 4 voorstel één.pdf application/pdf 4 a.txt text/plain 7 bericht.eml message/rfc822 20]" {
			t.Errorf("attached %q", names)
		}
	})
	t.Run("reads what is not closed, encoded in an unknown way, or without a type", func(t *testing.T) {
		t.Parallel()
		for name, body := range map[string]string{
			"no last boundary": "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nhallo",
			"unknown charset":  "Content-Type: text/plain; charset=klingon\r\n\r\nhallo",
			"unknown encoding": "Content-Transfer-Encoding: rot13\r\n\r\nhallo",
			"broken type":      "Content-Type: ;;;\r\n\r\nhallo",
			"bare line ends":   "\nhallo",
		} {
			if got := read(t, head+body); got.Text != "hallo" {
				t.Errorf("%s: got %q", name, got.Text)
			}
		}
	})
	t.Run("reads identities however they are written", func(t *testing.T) {
		t.Parallel()
		got := read(t, "From: a@b.example\r\nMessage-Id:<2@b.example>\r\nIn-Reply-To: Your message of today <3@b.example> (x)\r\nReferences: <4@b.example>\r\n\t<3@b.example>, <>\r\n\r\nx")
		if got.ID != "2@b.example" || got.InReplyTo != "3@b.example" || fmt.Sprint(got.References) != "[4@b.example 3@b.example]" || got.IsDated {
			t.Errorf("got %+v", got)
		}
	})
	for name, text := range map[string]string{
		"nothing":                    "",
		"a sentence":                 "hallo, dit is geen mail",
		"a page":                     "<!doctype html><html></html>",
		"a picture":                  "\x89PNG\r\n\x1a\n\x00\x00",
		"a head without a sender":    "Subject: x\r\nDate: Fri, 20 Nov 2026 11:47:00 +0100\r\n\r\nx",
		"a head with a sender alone": "From: a@b.example\r\n\r\nx",
		"a sender that is none":      "From: zomaar\r\nSubject: x\r\n\r\nx",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			if got, err := mail.Read(strings.NewReader(text)); !errors.Is(err, mail.ErrMalformed) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	for name, source := range map[string]io.Reader{
		"what is too large":       io.MultiReader(strings.NewReader(head+"\r\n"), io.LimitReader(zeros{}, mail.MaxSize+1)),
		"a head without an end":   io.MultiReader(strings.NewReader(head+"X: "), io.LimitReader(zeros{}, 5<<20)),
		"parts without an end":    strings.NewReader(head + "Content-Type: multipart/mixed; boundary=a\r\n\r\n" + strings.Repeat("--a\r\n\r\nx\r\n", 300)),
		"parts within parts":      strings.NewReader(nested(3000)),
		"too many attached files": strings.NewReader(head + "Content-Type: multipart/mixed; boundary=a\r\n\r\n" + strings.Repeat("--a\r\nContent-Type: image/png\r\n\r\nx\r\n", 60)),
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			if _, err := mail.Read(source); !errors.Is(err, mail.ErrTooLarge) && !errors.Is(err, mail.ErrMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// nested is a mail of parts within parts.
func nested(depth int) string {
	var text strings.Builder
	text.WriteString(head + "Content-Type: multipart/mixed; boundary=b0\r\n\r\n")
	for i := range depth {
		fmt.Fprintf(&text, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	return text.String()
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'x'
	}
	return len(into), nil
}

func FuzzRead(f *testing.F) {
	f.Add(head + "\r\nhallo")
	f.Add(nested(5))
	f.Add(head + "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/html; charset=utf-7\r\n\r\n+ADw-\r\n--a--")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := mail.Read(strings.NewReader(text))
		if err == nil && got.From.Email == "" {
			t.Error("a mail without a sender was read")
		}
	})
}
