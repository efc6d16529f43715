// Package letter lays a business letter or a document of the office out on A4, as PDF. It knows paper and
// type; what is written, and in which language, is the business's. The same words at the same moment make the
// same bytes.
package letter

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
)

// Sender is the office on its paper. What it does not have is empty.
type Sender struct {
	Name    string
	Address []string // lines
	Phone   string
	Email   string
	Website string
	Details []string // such as the number in the trade register; business mail must show it
}

// Labelled is a line with a label in front of it, such as a date or a reference.
type Labelled struct{ Label, Text string }

// Letter is what stands on the paper. A blank line in the text begins a new paragraph; a line that begins
// with "## " is a heading, and one with "- " an item of a list.
type Letter struct {
	Sender     Sender
	Addressee  []string // lines of the envelope's window; none on a document that is no letter
	Title      string   // of a document that is no letter; a letter names its subject among the references
	References []Labelled
	Salutation string
	Text       string
	Closing    string // such as "Met vriendelijke groet,"
	Signer     []string
	At         time.Time
	Page, Of   string // as in "pagina 2 van 3"
}

// The measures of the paper in millimetres, and of letters in points. The addressee stands where the window
// of a Dutch envelope (DL, window on the left) shows it.
const (
	paperWidth   = 210.0
	paperHeight  = 297.0
	leftMargin   = 25.0
	rightMargin  = 22.0
	textWidth    = paperWidth - leftMargin - rightMargin
	headTop      = 16.0
	windowTop    = 52.0
	referenceTop = 92.0
	laterTop     = 30.0
	bottom       = paperHeight - 27.0
	footTop      = paperHeight - 18.0
	labelWidth   = 30.0

	bodySize    = 10.0
	smallSize   = 7.5
	nameSize    = 15.0
	titleSize   = 17.0
	headingSize = 11.5
	millimetres = 25.4 / 72 // of a point
	leading     = 1.42      // distance of lines against the size of letters
	paragraph   = 2.6       // between paragraphs
	signature   = 17.0      // room to sign
)

const family = "go"

// sheet is a letter while it is laid out.
type sheet struct {
	*fpdf.Fpdf
	letter Letter
	y      float64
	style  string
	size   float64
}

// PDF lays the letter out.
func (l Letter) PDF() ([]byte, error) {
	s := &sheet{Fpdf: fpdf.New("P", "mm", "A4", ""), letter: l.printable()}
	s.AddUTF8FontFromBytes(family, "", goregular.TTF)
	s.AddUTF8FontFromBytes(family, "B", gobold.TTF)
	s.AddUTF8FontFromBytes(family, "I", goitalic.TTF)
	s.SetTitle(s.letter.subject(), true)
	s.SetAuthor(s.letter.Sender.Name, true)
	s.SetCreationDate(l.At)
	s.SetModificationDate(l.At)
	s.SetCatalogSort(true)
	s.SetMargins(leftMargin, headTop, rightMargin)
	s.SetAutoPageBreak(false, 0)
	s.AliasNbPages("{pages}")
	s.firstPage()
	s.body()
	s.close()
	var out bytes.Buffer
	if err := s.Output(&out); err != nil {
		return nil, fmt.Errorf("lay out the letter: %w", err)
	}
	return out.Bytes(), nil
}

// subject names the file, for programs that show it.
func (l Letter) subject() string {
	if l.Title != "" || len(l.References) == 0 {
		return l.Title
	}
	return l.References[len(l.References)-1].Text
}

func (s *sheet) ink()    { s.SetTextColor(28, 32, 38) }
func (s *sheet) grey()   { s.SetTextColor(105, 112, 122) }
func (s *sheet) accent() { s.SetTextColor(20, 72, 112) }

// firstPage has the letterhead, the addressee and the references.
func (s *sheet) firstPage() {
	s.AddPage()
	s.letterhead()
	s.foot()
	s.ink()
	if len(s.letter.Addressee) > 0 {
		s.windowed()
	}
	if s.letter.Title != "" {
		s.titled()
	}
	s.references()
	if s.letter.Salutation != "" {
		s.font("", bodySize)
		s.lines(s.letter.Salutation, leftMargin, textWidth, bodySize)
		s.y += paragraph
	}
}

// letterhead has the office's name on the left, and where it is found on the right.
func (s *sheet) letterhead() {
	from := s.letter.Sender
	s.SetFillColor(20, 72, 112)
	s.Rect(0, 0, paperWidth, 2.2, "F")
	s.accent()
	s.font("B", nameSize)
	s.Text(leftMargin, headTop+nameSize*millimetres, from.Name)
	s.grey()
	s.font("", smallSize)
	y := headTop + smallSize*millimetres
	for _, line := range append(append([]string{}, from.Address...), from.Phone, from.Email, from.Website) {
		if line != "" {
			s.Text(paperWidth-rightMargin-s.GetStringWidth(line), y, line)
			y += smallSize * millimetres * leading
		}
	}
}

// windowed writes the addressee, with the sender in small above, as the window shows it.
func (s *sheet) windowed() {
	from := s.letter.Sender
	s.grey()
	s.font("", 6.5)
	s.Text(leftMargin, windowTop-3, strings.Join(append([]string{from.Name}, from.Address...), " · "))
	s.ink()
	s.font("", bodySize)
	s.y = windowTop
	for _, line := range s.letter.Addressee {
		s.lines(line, leftMargin, 95, bodySize)
	}
	s.y = max(s.y+10, referenceTop)
}

func (s *sheet) titled() {
	s.y = max(s.y, windowTop-4)
	s.accent()
	s.font("B", titleSize)
	s.lines(s.letter.Title, leftMargin, textWidth, titleSize)
	s.ink()
	s.y += 4
}

// references writes the labelled lines under each other.
func (s *sheet) references() {
	for _, one := range s.letter.References {
		s.grey()
		s.font("", bodySize)
		s.Text(leftMargin, s.y+bodySize*millimetres, one.Label)
		s.ink()
		s.lines(one.Text, leftMargin+labelWidth, textWidth-labelWidth, bodySize)
	}
	if len(s.letter.References) > 0 {
		s.y += 7
	}
}

// foot has what business mail must show, and on later pages their number.
func (s *sheet) foot() {
	s.SetDrawColor(200, 206, 213)
	s.SetLineWidth(0.2)
	s.Line(leftMargin, footTop, paperWidth-rightMargin, footTop)
	s.grey()
	s.font("", smallSize)
	y := footTop + smallSize*millimetres*leading + 0.6
	s.Text(leftMargin, y, strings.Join(s.letter.Sender.Details, "   ·   "))
	number := s.letter.Page + " " + fmt.Sprint(s.PageNo()) + " " + s.letter.Of + " "
	width := s.GetStringWidth(number + "0") // the place of {pages} is as wide as its number, mostly one digit
	s.Text(paperWidth-rightMargin-width, y, number+"{pages}")
}

// nextPage goes on with a small head.
func (s *sheet) nextPage() {
	size, style := s.size, s.style
	s.AddPage()
	s.SetFillColor(20, 72, 112)
	s.Rect(0, 0, paperWidth, 2.2, "F")
	s.accent()
	s.font("B", smallSize+1)
	s.Text(leftMargin, headTop, s.letter.Sender.Name)
	s.grey()
	s.font("", smallSize+1)
	text := s.letter.subject()
	for s.GetStringWidth(text) > textWidth/2 && text != "" {
		text = strings.TrimSuffix(text, "…")
		runes := []rune(text)
		text = string(runes[:len(runes)-1]) + "…"
	}
	s.Text(paperWidth-rightMargin-s.GetStringWidth(text), headTop, text)
	s.foot()
	s.ink()
	s.font(style, size)
	s.y = laterTop
}

// font sets the font, and remembers it for the next page.
func (s *sheet) font(style string, size float64) {
	s.style, s.size = style, size
	s.SetFont(family, style, size)
}
