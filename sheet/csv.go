package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// csvSheet writes CSV as an Excel of the reader's language opens it by a double click: UTF-8 with a byte order mark,
// lines that end in CR LF, in Dutch semicolons and decimal commas, in English commas and decimal points. Days and
// moments are as in ISO 8601, which it understands in every language.
type csvSheet struct {
	out   *csv.Writer
	head  Head
	texts []string
}

func newCSV(out io.Writer, head Head) (*csvSheet, error) {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return nil, err
	}
	s := &csvSheet{out: csv.NewWriter(out), head: head, texts: make([]string, len(head.Columns))}
	s.out.UseCRLF = true
	if !head.English {
		s.out.Comma = ';'
	}
	for i, column := range head.Columns {
		s.texts[i] = column.Label
	}
	return s, s.out.Write(s.texts)
}

func (s *csvSheet) Row(cells []any) error {
	for i, cell := range cells {
		s.texts[i] = s.text(cell)
	}
	return s.out.Write(s.texts)
}

func (s *csvSheet) text(cell any) string {
	switch cell := cell.(type) {
	case nil:
		return ""
	case string:
		return harmless(cell)
	case int:
		return strconv.Itoa(cell)
	case Amount:
		return cell.digits("", s.head.point())
	case Date:
		return string(cell)
	case time.Time:
		return cell.In(s.head.At.Location()).Format("2006-01-02 15:04")
	}
	panic(fmt.Sprintf("a cell is no %T", cell))
}

// harmless puts an apostrophe before a text that a spreadsheet would run as a formula: what a stranger
// wrote into a name must not work on the machine of who opens the report. Spaces before it do not help.
func harmless(text string) string {
	first := strings.TrimLeft(text, " \u00a0")
	if first != "" && strings.ContainsAny(first[:1], "=+-@\t\r\n") {
		return "'" + text
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} { // some spreadsheets take them for the narrow ones
		if strings.HasPrefix(first, wide) {
			return "'" + text
		}
	}
	return text
}

func (s *csvSheet) Close() error {
	s.out.Flush()
	return s.out.Error()
}
