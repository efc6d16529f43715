// Package sheet puts rows of typed cells on paper, for people: as CSV, XLSX or PDF. It knows nothing of
// what the rows are about. Rows are handed over one by one, so that a long list is never held whole.
package sheet

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Format is the form of a file.
type Format string

// The formats.
const (
	CSV  Format = "CSV"
	XLSX Format = "XLSX"
	PDF  Format = "PDF"
)

// Extension is how the file's name ends.
func (f Format) Extension() string { return "." + strings.ToLower(string(f)) }

// MediaType is what the file is sent as.
func (f Format) MediaType() string {
	switch f {
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case PDF:
		return "application/pdf"
	}
	return "text/csv; charset=utf-8"
}

// MaxRows is how many rows a file of the format holds at most. A PDF is laid out in memory, and nobody
// reads more on paper.
func (f Format) MaxRows() int {
	if f == PDF {
		return 10_000
	}
	return 100_000
}

// Kind is what a column holds.
type Kind string

// The kinds.
const (
	Text    Kind = "TEXT"
	Number  Kind = "NUMBER"
	Decimal Kind = "DECIMAL"
	Money   Kind = "MONEY"
	Day     Kind = "DATE"
	Moment  Kind = "MOMENT"
)

// Amount is an exact number in hundredths.
type Amount int64

// Date is a calendar day as YYYY-MM-DD.
type Date string

// Column is one column of a sheet.
type Column struct {
	Label string
	Kind  Kind
	// Width is how many characters it usually holds.
	Width int
}

// Head is what a sheet is about.
type Head struct {
	Title   string
	Office  string
	At      time.Time // in the zone in which moments are shown
	Columns []Column
	// Name, Page and Of are words in the reader's language: what the sheet is called, "page", and "of".
	Name, Page, Of string
	// English tells that the reader reads English rather than Dutch: numbers, days and what stands between the values
	// of CSV are written that way. A workbook leaves it to the program that shows it.
	English bool
}

// point is what stands before the cents.
func (h Head) point() string {
	if h.English {
		return "."
	}
	return ","
}

// thousands is what stands between thousands.
func (h Head) thousands() string {
	if h.English {
		return ","
	}
	return "."
}

// Writer takes the rows of one sheet. The file is whole when Close has returned without an error.
type Writer interface {
	// Row adds a row: for each column nil, a string, an int, an Amount, a Date or a time.Time.
	Row(cells []any) error
	// Close writes what is left and lets go of what it holds. It is called once, also after an error.
	Close() error
}

// New begins a sheet that is written to out.
func New(format Format, out io.Writer, head Head) (Writer, error) {
	switch format {
	case CSV:
		return newCSV(out, head)
	case XLSX:
		return newXLSX(out, head)
	case PDF:
		return newPDF(out, head)
	}
	return nil, errors.New("a sheet has no format " + string(format))
}

// digits writes an amount; thousands may be kept apart.
func (a Amount) digits(thousands, point string) string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	return fmt.Sprintf("%s%s%s%02d", sign, Grouped(strconv.FormatInt(int64(a)/100, 10), thousands), point, a%100)
}

// Grouped keeps the thousands of a whole number apart, which may be negative.
func Grouped(digits, thousands string) string {
	least := len(digits) - len(strings.TrimPrefix(digits, "-"))
	for i := len(digits) - 3; i > least && thousands != ""; i -= 3 {
		digits = digits[:i] + thousands + digits[i:]
	}
	return digits
}
