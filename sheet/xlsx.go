package sheet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// xlsxSheet writes an Excel workbook with one sheet: typed cells, the header frozen, filters on every
// column. Rows beyond 16 MB wait in a temporary file.
type xlsxSheet struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	out    io.Writer
	head   Head
	styles []int // one for each column; 0 is none
	rows   int
	fault  error // the first one; the file is not written then
}

func newXLSX(out io.Writer, head Head) (*xlsxSheet, error) {
	s := &xlsxSheet{file: excelize.NewFile(), out: out, head: head}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

func (s *xlsxSheet) begin() error {
	at := s.head.At.UTC().Format(time.RFC3339)
	err := errors.Join(
		s.file.SetSheetName(s.file.GetSheetName(0), s.head.Name),
		s.file.SetDocProps(&excelize.DocProperties{Title: s.head.Title, Creator: s.head.Office, LastModifiedBy: s.head.Office, Created: at, Modified: at}))
	if err != nil {
		return err
	}
	if s.stream, err = s.file.NewStreamWriter(s.head.Name); err != nil {
		return err
	}
	bold, err := s.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	labels := make([]any, len(s.head.Columns))
	for i, column := range s.head.Columns {
		labels[i] = excelize.Cell{StyleID: bold, Value: column.Label}
		style, err := s.style(column.Kind)
		if err != nil {
			return err
		}
		s.styles = append(s.styles, style)
	}
	for i, column := range slices.Backward(s.head.Columns) { // excelize puts the one set last in front, and Excel wants them in order
		if err := s.stream.SetColWidth(i+1, i+1, float64(max(column.Width, len(column.Label))+4)); err != nil { // room for the filter's arrow
			return err
		}
	}
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return s.add(labels)
}

// style gives the style of a column; 0 where the value tells all.
func (s *xlsxSheet) style(kind Kind) (int, error) {
	formats := map[Kind]string{Number: "#,##0", Decimal: "#,##0.00", Money: "#,##0.00", Day: "dd-mm-yyyy", Moment: "dd-mm-yyyy hh:mm"}
	format, known := formats[kind]
	if !known {
		return 0, nil
	}
	return s.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
}

func (s *xlsxSheet) Row(cells []any) error {
	values := make([]any, len(cells))
	for i, cell := range cells {
		if cell != nil {
			values[i] = excelize.Cell{StyleID: s.styles[i], Value: s.value(cell)}
		}
	}
	return s.add(values)
}

func (s *xlsxSheet) add(values []any) error {
	s.rows++
	if err := s.stream.SetRow(fmt.Sprintf("A%d", s.rows), values); err != nil {
		s.fault = err
		return err
	}
	return nil
}

// value gives a cell as Excel keeps it. Days and moments bear no zone there.
func (s *xlsxSheet) value(cell any) any {
	switch cell := cell.(type) {
	case Amount:
		return float64(cell) / 100
	case Date:
		if day, err := time.Parse(time.DateOnly, string(cell)); err == nil {
			return day
		}
		return string(cell)
	case time.Time:
		return cell.In(s.head.At.Location())
	}
	return cell
}

func (s *xlsxSheet) Close() error {
	err := s.fault
	if err == nil {
		err = s.finish()
	}
	return errors.Join(err, s.file.Close())
}

func (s *xlsxSheet) finish() error {
	if s.rows > 1 { // a table has at least one row
		last, err := excelize.CoordinatesToCellName(len(s.head.Columns), s.rows)
		if err != nil {
			return err
		}
		if err := s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: "Rows", StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	if err := s.stream.Flush(); err != nil {
		return err
	}
	return s.file.Write(s.out)
}
