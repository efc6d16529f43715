package crm

import (
	"time"

	"klantkaart/letter"
)

// sender is the letterhead as it is printed.
func (l *Letterhead) sender() letter.Sender {
	from := letter.Sender{Name: l.Name, Address: l.AddressLines, Phone: deref(l.Phone), Email: deref(l.Email), Website: deref(l.Website)}
	for _, one := range []struct {
		label string
		value *string
	}{{"KvK ", l.KvkNumber}, {"Btw ", l.VatID}, {"IBAN ", l.Iban}} {
		if one.value != nil {
			from.Details = append(from.Details, one.label+*one.value)
		}
	}
	return from
}

// paperWords are what stands on every paper, in its language.
type paperWords struct{ date, customer, reference, subject, attached, closing, page, of string }

func paperWordsIn(language Language) paperWords {
	switch language {
	case LanguageEN:
		return paperWords{"Date", "For", "Our reference", "Subject", "Please find attached: %s.", "Yours sincerely,", "page", "of"}
	case LanguageDE:
		return paperWords{"Datum", "Für", "Unser Zeichen", "Betreff", "Anbei erhalten Sie: %s.", "Mit freundlichen Grüßen", "Seite", "von"}
	case LanguageFR:
		return paperWords{"Date", "Pour", "Notre référence", "Objet", "Veuillez trouver ci-joint : %s.", "Cordialement,", "page", "sur"}
	}
	return paperWords{"Datum", "Voor", "Ons kenmerk", "Betreft", "Hierbij ontvangt u: %s.", "Met vriendelijke groet,", "pagina", "van"}
}

// sheet is the document or letter as it looks at a moment, on the office's paper. number is that of the lead,
// request or project it is about.
func (p *paper) sheet(head *Letterhead, customer, number string, author *User, at time.Time, day Date) letter.Letter {
	words := paperWordsIn(p.details.Language)
	sheet := letter.Letter{Sender: head.sender(), Text: p.Body, At: at, Page: words.page, Of: words.of}
	refer := func(label, text string) {
		if text != "" {
			sheet.References = append(sheet.References, letter.Labelled{Label: label, Text: text})
		}
	}
	if p.Kind == DocumentKind {
		sheet.Title = p.Subject
		refer(words.customer, customer)
	}
	refer(words.date, dayIn(p.details.Language, day))
	refer(words.reference, number)
	if p.Kind == LetterKind {
		refer(words.subject, p.Subject)
		sheet.Addressee, sheet.Salutation, sheet.Closing = p.details.AddressLines, p.details.Salutation+",", words.closing
		sheet.Signer = signer(author, head)
	}
	return sheet
}

// signer is who wrote the letter, and for whom.
func signer(author *User, head *Letterhead) []string {
	var lines []string
	if author != nil {
		lines = append(lines, author.Name)
		if author.JobTitle != nil {
			lines = append(lines, *author.JobTitle)
		}
	}
	return append(lines, head.Name)
}
