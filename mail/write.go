package mail

import (
	"fmt"
	"io"

	gomail "github.com/wneessen/go-mail"
)

// Write gives a message as it travels. Who gets a blind copy is not told.
func Write(out io.Writer, message *Message) error {
	composed, err := compose(message)
	if err != nil {
		return err
	}
	if _, err := composed.WriteTo(out); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	return nil
}

// compose brings a message into the library's form.
func compose(message *Message) (*gomail.Msg, error) {
	composed := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	composed.SetMessageIDWithValue(message.ID)
	composed.SetDateWithValue(message.Date)
	composed.Subject(message.Subject)
	if message.InReplyTo != "" {
		composed.SetGenHeaderPreformatted(gomail.HeaderInReplyTo, bracketed([]string{message.InReplyTo}))
	}
	if len(message.References) > 0 {
		composed.SetGenHeaderPreformatted(gomail.HeaderReferences, bracketed(message.References))
	}
	if err := address(composed, message); err != nil {
		return nil, err
	}
	composed.SetBodyString(gomail.TypeTextPlain, message.Text)
	if message.HTML != "" {
		composed.AddAlternativeString(gomail.TypeTextHTML, message.HTML)
	}
	for _, file := range message.Files {
		if err := attach(composed, file); err != nil {
			return nil, err
		}
	}
	return composed, nil
}

// address says from whom the message is and to whom.
func address(composed *gomail.Msg, message *Message) error {
	if err := composed.FromFormat(message.From.Name, message.From.Email); err != nil {
		return fmt.Errorf("the sender of a mail: %w", err)
	}
	for _, group := range []struct {
		to  []Address
		add func(name, address string) error
	}{{message.To, composed.AddToFormat}, {message.Cc, composed.AddCcFormat}, {message.Bcc, composed.AddBccFormat}} {
		for _, one := range group.to {
			if err := group.add(one.Name, one.Email); err != nil {
				return fmt.Errorf("a receiver of a mail: %w", err)
			}
		}
	}
	return nil
}

func attach(composed *gomail.Msg, file File) error {
	content, err := file.Open()
	if err != nil {
		return fmt.Errorf("open attachment %s: %w", file.Name, err)
	}
	defer content.Close()
	if err := composed.AttachReader(file.Name, content, gomail.WithFileContentType(gomail.ContentType(file.MediaType))); err != nil {
		return fmt.Errorf("attach %s: %w", file.Name, err)
	}
	return nil
}

// bracketed writes Message-IDs as headers hold them, one to a line.
func bracketed(ids []string) string {
	text := ""
	for i, id := range ids {
		if i > 0 {
			text += "\r\n "
		}
		text += "<" + id + ">"
	}
	return text
}
