package sheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"klantkaart/glyph"
)

// The measures of a page, in millimetres unless said otherwise.
const (
	pageMargin  = 10.0
	tableTop    = 22.0
	footer      = 14.0
	cellPadding = 1.2
	rowPadding  = 0.7
	maxLines    = 3   // of a cell; more is cut off
	usualSize   = 8.0 // of letters, in points
	leastSize   = 5.5 // where many columns share the page
	pointSize   = 0.353
	usualLetter = 0.56 // the width of a letter against its size
	lineHeight  = 1.3  // against the size of letters
)

// paper is a size of pages, landscape.
type paper struct {
	name          string
	width, height float64
}

// papers are what a table may be laid out on, the usual one first. On another printer they shrink, and can be read by
// who zooms in; a number that is broken cannot.
var papers = []paper{{"A4", 297, 210}, {"A3", 420, 297}, {"A2", 594, 420}}

// table is how wide a table on the paper is.
func (p paper) table() float64 { return p.width - 2*pageMargin }

// pdfSheet lays a table out on landscape pages, each with title, office, moment and number.
type pdfSheet struct {
	doc    *fpdf.Fpdf
	out    io.Writer
	head   Head
	paper  paper
	size   float64 // of letters, in points
	widths []float64
	runes  map[rune]float64 // their widths, in regular letters
	y      float64
	odd    bool
}

const pdfFont = "go"

func newPDF(out io.Writer, head Head) (*pdfSheet, error) {
	s := &pdfSheet{out: out, head: head, runes: make(map[rune]float64)}
	s.measure()
	s.doc = fpdf.New("L", "mm", s.paper.name, "")
	s.doc.AddUTF8FontFromBytes(pdfFont, "", goregular.TTF)
	s.doc.AddUTF8FontFromBytes(pdfFont, "B", gobold.TTF)
	s.doc.SetTitle(head.Title, true)
	s.doc.SetAuthor(head.Office, true)
	s.doc.SetCreationDate(head.At)
	s.doc.SetModificationDate(head.At)
	s.doc.SetCatalogSort(true) // the same rows make the same file
	s.doc.SetMargins(pageMargin, pageMargin, pageMargin)
	s.doc.SetAutoPageBreak(false, 0)
	s.doc.AliasNbPages("{pages}")
	s.doc.SetDrawColor(190, 190, 190)
	s.doc.SetLineWidth(0.1)
	s.page()
	return s, s.doc.Error()
}

// measure shares the page among the columns; where they want more than there is, letters get smaller, and where these
// would be too small, the page larger.
func (s *pdfSheet) measure() {
	wanted := make([]float64, len(s.head.Columns))
	total := 0.0
	for i, column := range s.head.Columns {
		wanted[i] = float64(max(column.Width, 6))
		total += wanted[i]
	}
	room := 0.0
	for _, s.paper = range papers {
		room = s.paper.table() - 2*cellPadding*float64(len(wanted))
		if s.size = min(usualSize, room/total/usualLetter/pointSize); s.size >= leastSize {
			break
		}
	}
	s.size = max(s.size, leastSize)
	s.widths = make([]float64, len(wanted))
	for i := range wanted {
		s.widths[i] = wanted[i]/total*room + 2*cellPadding
	}
}

// page begins a page with its heading, and the labels of the columns.
func (s *pdfSheet) page() {
	s.doc.AddPage()
	s.doc.SetFont(pdfFont, "B", 13)
	s.doc.Text(pageMargin, pageMargin+5, fitted(s.head.Title, s.paper.table()-90, s.doc.GetStringWidth))
	s.doc.SetFont(pdfFont, "", 8)
	s.right(pageMargin+5, s.head.Office+" · "+s.moment(s.head.At))
	s.right(s.paper.height-pageMargin+4, s.head.Page+" "+strconv.Itoa(s.doc.PageNo())+" "+s.head.Of+" {pages}")
	s.y, s.odd = tableTop, false
	s.doc.SetFont(pdfFont, "B", s.size)
	labels := make([][]string, len(s.head.Columns))
	for i, column := range s.head.Columns {
		labels[i] = wrapped(printable(column.Label), s.widths[i]-2*cellPadding, s.doc.GetStringWidth)
	}
	s.doc.SetFillColor(225, 230, 236)
	s.lines(labels)
	s.doc.SetFont(pdfFont, "", s.size)
}

// right writes a text that ends at the right margin. The place of {pages} is as wide as its number.
func (s *pdfSheet) right(y float64, text string) {
	text = printable(text)
	width := s.doc.GetStringWidth(strings.ReplaceAll(text, "{pages}", strconv.Itoa(s.doc.PageNo())))
	s.doc.Text(pageMargin+s.paper.table()-width, y, text)
}

func (s *pdfSheet) Row(cells []any) error {
	texts := make([][]string, len(cells))
	for i, cell := range cells {
		texts[i] = wrapped(printable(s.text(cell)), s.widths[i]-2*cellPadding, s.width)
	}
	if s.y+s.height(texts) > s.paper.height-footer {
		s.page()
	}
	s.odd = !s.odd
	s.doc.SetFillColor(255, 255, 255)
	if !s.odd {
		s.doc.SetFillColor(246, 247, 249)
	}
	s.lines(texts)
	return s.doc.Error()
}

func (s *pdfSheet) text(cell any) string {
	switch cell := cell.(type) {
	case nil:
		return ""
	case string:
		return cell
	case int:
		return Grouped(strconv.Itoa(cell), s.head.thousands())
	case Amount:
		return cell.digits(s.head.thousands(), s.head.point())
	case Date:
		day, err := time.Parse(time.DateOnly, string(cell))
		if err != nil {
			return string(cell)
		}
		return s.day(day)
	case time.Time:
		return s.moment(cell.In(s.head.At.Location()))
	}
	panic(fmt.Sprintf("a cell is no %T", cell))
}

// day writes a day so that the reader cannot take it for another: the order of day and month is not one in English.
func (s *pdfSheet) day(at time.Time) string {
	if s.head.English {
		return at.Format("2 Jan 2006")
	}
	return at.Format("02-01-2006")
}

func (s *pdfSheet) moment(at time.Time) string { return s.day(at) + at.Format(" 15:04") }

// height is how much room a row takes: that of its tallest cell.
func (s *pdfSheet) height(texts [][]string) float64 {
	most := 1
	for _, lines := range texts {
		most = max(most, len(lines))
	}
	return float64(most)*s.size*pointSize*lineHeight + 2*rowPadding
}

// lines writes a row in the font that is set, and goes below it.
func (s *pdfSheet) lines(texts [][]string) {
	height, line := s.height(texts), s.size*pointSize*lineHeight
	s.doc.Rect(pageMargin, s.y, s.paper.table(), height, "F")
	x := pageMargin
	for i, lines := range texts {
		for n, text := range lines {
			left := x + cellPadding
			if kind := s.head.Columns[i].Kind; kind == Number || kind == Decimal || kind == Money {
				left = x + s.widths[i] - cellPadding - s.doc.GetStringWidth(text)
			}
			s.doc.Text(left, s.y+rowPadding+float64(n)*line+s.size*pointSize, text)
		}
		x += s.widths[i]
	}
	s.y += height
	s.doc.Line(pageMargin, s.y, pageMargin+s.paper.table(), s.y)
}

// width is the width of a text in the size of the table, in regular letters.
func (s *pdfSheet) width(text string) float64 {
	total := 0.0
	for _, r := range text {
		one, known := s.runes[r]
		if !known {
			one = s.doc.GetStringWidth(string(r))
			s.runes[r] = one
		}
		total += one
	}
	return total
}

func (s *pdfSheet) Close() error { return s.doc.Output(s.out) }

// printable is a text as the font can write it, on one line.
func printable(text string) string { return strings.Join(strings.Fields(glyph.Shown(text)), " ") }

// wrapped breaks a text into lines of a width: between words, and within what is longer than a line.
// What does not fit on the last line is cut off.
func wrapped(text string, width float64, measure func(string) float64) []string {
	var lines []string
	for text != "" && len(lines) < maxLines-1 {
		line, rest := broken(text, width, measure)
		lines, text = append(lines, line), rest
	}
	if text != "" {
		lines = append(lines, fitted(text, width, measure))
	}
	return lines
}

// broken gives as much of a text as fits on a line, at least one letter, and the rest.
func broken(text string, width float64, measure func(string) float64) (line, rest string) {
	used, blank := 0.0, 0
	for i, r := range text {
		used += measure(string(r))
		if r == ' ' {
			blank = i
		}
		if used <= width || i == 0 {
			continue
		}
		if blank > 0 {
			return text[:blank], strings.TrimLeft(text[blank:], " ")
		}
		return text[:i], text[i:]
	}
	return text, ""
}

// fitted cuts a text off where a line ends.
func fitted(text string, width float64, measure func(string) float64) string {
	text = printable(text)
	if measure(text) <= width {
		return text
	}
	line, _ := broken(text, max(0, width-measure("…")), measure)
	return line + "…"
}
