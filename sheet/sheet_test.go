package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"klantkaart/sheet"
)

func amsterdam(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func headOf(t *testing.T) sheet.Head {
	t.Helper()
	return sheet.Head{
		Title: "Klanten & prospects: overzicht", Office: "Delta Detachering B.V.",
		At:   time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC).In(amsterdam(t)),
		Name: "Rapport", Page: "Pagina", Of: "van",
		Columns: []sheet.Column{
			{Label: "Naam", Kind: sheet.Text, Width: 30}, {Label: "Projecten", Kind: sheet.Number, Width: 9},
			{Label: "Tarief", Kind: sheet.Money, Width: 10}, {Label: "Begin", Kind: sheet.Day, Width: 10},
			{Label: "Laatste contact", Kind: sheet.Moment, Width: 16},
		},
	}
}

// winter is a moment that is an hour later on the clock of the office.
func winter() time.Time { return time.Date(2026, time.November, 20, 15, 30, 0, 0, time.UTC) }

func rowOf() []any {
	return []any{"Café Zoë; \"Het Anker\"\nDelft", 12, sheet.Amount(1234567_50), sheet.Date("2026-03-01"), winter()}
}

func write(t *testing.T, format sheet.Format, rows ...[]any) []byte {
	t.Helper()
	return writeUnder(t, headOf(t), format, rows...)
}

func writeUnder(t *testing.T, head sheet.Head, format sheet.Format, rows ...[]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := sheet.New(format, &out, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCSVIsWhatADutchExcelOpens(t *testing.T) {
	t.Parallel()
	got := string(write(t, sheet.CSV, rowOf(), []any{nil, 0, sheet.Amount(-5), nil, nil}))
	want := "\ufeffNaam;Projecten;Tarief;Begin;Laatste contact\r\n" +
		"\"Café Zoë; \"\"Het Anker\"\"\r\nDelft\";12;1234567,50;2026-03-01;2026-11-20 16:30\r\n" +
		";0;-0,05;;\r\n"
	if got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestReadersOfEnglish(t *testing.T) {
	t.Parallel()
	english := headOf(t)
	english.English = true
	t.Run("get commas and decimal points in CSV", func(t *testing.T) {
		t.Parallel()
		got := string(writeUnder(t, english, sheet.CSV, []any{"Zoë, Delft; =1+1", 1200, sheet.Amount(-1234567_50), sheet.Date("2026-03-01"), nil}))
		want := "\ufeffNaam,Projecten,Tarief,Begin,Laatste contact\r\n\"Zoë, Delft; =1+1\",1200,-1234567.50,2026-03-01,\r\n"
		if got != want {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
	})
	t.Run("get numbers and days as they write them in PDF, as the Dutch do", func(t *testing.T) {
		t.Parallel()
		cells := []any{"Zoë", -1200, sheet.Amount(1234567_50), sheet.Date("2026-03-01"), winter()}
		for _, one := range []struct {
			head    sheet.Head
			written []any
		}{
			{english, []any{"Zoë", "-1,200", "1,234,567.50", "1 Mar 2026", "20 Nov 2026 16:30"}},
			{headOf(t), []any{"Zoë", "-1.200", "1.234.567,50", "01-03-2026", "20-11-2026 16:30"}},
		} {
			if !bytes.Equal(writeUnder(t, one.head, sheet.PDF, cells), writeUnder(t, one.head, sheet.PDF, one.written)) {
				t.Errorf("cells are not written as %q", one.written)
			}
		}
	})
}

func TestCSVRunsNoFormula(t *testing.T) {
	t.Parallel()
	dangerous := []string{"=1+1", "+31102345678", "-2+3", "@SUM(A1)", "\tx", "\rx", " =1+1", "\u00a0=1", "＝1+1"}
	safe := []string{"a=b", "1-2", "'quoted", "", " ", "mail@delta.example"}
	var rows [][]any
	for _, text := range append(dangerous, safe...) {
		rows = append(rows, []any{text, nil, nil, nil, nil})
	}
	reader := csv.NewReader(bytes.NewReader(write(t, sheet.CSV, rows...)))
	reader.Comma = ';'
	read, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range dangerous {
		if got := read[i+1][0]; got != "'"+strings.TrimPrefix(text, "\r") { // a lone CR is no line in CSV
			t.Errorf("%q became %q", text, got)
		}
	}
	for i, text := range safe {
		if got := read[len(dangerous)+i+1][0]; got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestXLSXKeepsTheTypesOfCells(t *testing.T) {
	t.Parallel()
	file, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.XLSX, rowOf(), []any{"=1+1", nil, nil, nil, nil}, []any{"+31 \x01 10", -3, sheet.Amount(-5), nil, nil})))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for cell, want := range map[string]struct{ shown, raw string }{
		"A1": {"Naam", "Naam"}, "E1": {"Laatste contact", "Laatste contact"},
		"A2": {"Café Zoë; \"Het Anker\"\nDelft", "Café Zoë; \"Het Anker\"\nDelft"},
		"B2": {"12", "12"}, "C2": {"1,234,567.50", "1234567.5"}, "D2": {"01-03-2026", "46082"},
		"E2": {"20-11-2026 16:30", "46346.6875"},
		"A3": {"=1+1", "=1+1"}, "B3": {"", ""}, "B4": {"-3", "-3"}, "C4": {"-0.05", "-0.05"},
	} {
		shown, err := file.GetCellValue("Rapport", cell)
		raw, rawErr := file.GetCellValue("Rapport", cell, excelize.Options{RawCellValue: true})
		if err != nil || rawErr != nil || shown != want.shown || raw != want.raw {
			t.Errorf("%s shows %q and holds %q, want %q and %q: %v %v", cell, shown, raw, want.shown, want.raw, err, rawErr)
		}
		if formula, err := file.GetCellFormula("Rapport", cell); formula != "" || err != nil {
			t.Errorf("%s holds the formula %q, %v", cell, formula, err)
		}
	}
	tables, err := file.GetTables("Rapport")
	if err != nil || len(tables) != 1 || tables[0].Range != "A1:E4" {
		t.Errorf("tables: %+v, %v", tables, err)
	}
	properties, err := file.GetDocProps()
	if err != nil || properties.Title != headOf(t).Title || properties.Creator != headOf(t).Office {
		t.Errorf("properties: %+v, %v", properties, err)
	}
}

func TestXLSXWithoutRowsHasItsHeader(t *testing.T) {
	t.Parallel()
	file, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := file.GetRows("Rapport")
	if err != nil || len(rows) != 1 || len(rows[0]) != 5 {
		t.Errorf("rows: %v, %v", rows, err)
	}
}

func TestXLSXHoldsManyRows(t *testing.T) {
	t.Parallel()
	rows := make([][]any, 20_000) // more than the 16 MB that stay in memory
	for i := range rows {
		rows[i] = []any{fmt.Sprintf("Klant %d %s", i, strings.Repeat("x", 900)), i, sheet.Amount(i), sheet.Date("2026-03-01"), winter()}
	}
	archive := write(t, sheet.XLSX, rows...)
	read, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := read.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	if err != nil || bytes.Count(content, []byte("<row ")) != len(rows)+1 || len(content) < 16<<20 {
		t.Errorf("%d rows in %d bytes, %v", bytes.Count(content, []byte("<row ")), len(content), err)
	}
}

func TestPDFIsTheSameForTheSameRows(t *testing.T) {
	t.Parallel()
	rows := [][]any{rowOf(), {"Ж 漢字 😀 \x00 € ij ĳ", nil, nil, sheet.Date("vandaag"), nil}, {strings.Repeat("zonderspaties", 40), nil, nil, nil, nil}}
	first, second := write(t, sheet.PDF, rows...), write(t, sheet.PDF, rows...)
	if !bytes.Equal(first, second) {
		t.Error("two files of the same rows differ")
	}
	if !bytes.HasPrefix(first, []byte("%PDF-")) || !bytes.Contains(first[len(first)-8:], []byte("%%EOF")) {
		t.Errorf("no PDF: %q … %q", first[:8], first[len(first)-8:])
	}
}

func TestPDFBreaksIntoPages(t *testing.T) {
	t.Parallel()
	for rows, want := range map[int]int{0: 1, 33: 1, 34: 2, 120: 4} {
		var all [][]any
		for range rows {
			all = append(all, []any{"Van der Velde Installatietechniek B.V.", 1, nil, nil, nil})
		}
		pages := regexp.MustCompile(`/Count (\d+)`).FindSubmatch(write(t, sheet.PDF, all...))
		if len(pages) != 2 || string(pages[1]) != fmt.Sprint(want) {
			t.Errorf("%d rows lie on %s pages, want %d", rows, pages[1], want)
		}
	}
}

func TestPDFTakesLargerPaperForManyColumns(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int]string{5: "841.89 595.28", 14: "841.89 595.28", 20: "1190.55 841.89", 30: "1683.78 1190.55", 60: "1683.78 1190.55"} {
		head := sheet.Head{Title: "Alles", Office: "Delta", At: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
		row := make([]any, columns)
		for i := range columns {
			head.Columns = append(head.Columns, sheet.Column{Label: "Bedrag", Kind: sheet.Money, Width: 12})
			row[i] = sheet.Amount(1_234_567_89)
		}
		var file bytes.Buffer
		out, err := sheet.New(sheet.PDF, &file, head)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(out.Row(row), out.Close()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(file.Bytes(), []byte("/MediaBox [0 0 "+want+"]")) {
			t.Errorf("%d columns do not lie on paper of %s points", columns, want)
		}
	}
}

// full is a disk without room behind the first bytes.
type full struct{ room int }

var errFull = errors.New("no room")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAFullDiskIsTold(t *testing.T) {
	t.Parallel()
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX, sheet.PDF} {
		w, err := sheet.New(format, &full{room: 100}, headOf(t))
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			err = errors.Join(err, w.Row(rowOf()))
		}
		if err = errors.Join(err, w.Close()); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := sheet.New("ODS", io.Discard, headOf(t)); err == nil {
		t.Error("no error")
	}
}

func TestFormatsNameTheirFiles(t *testing.T) {
	t.Parallel()
	for format, want := range map[sheet.Format]string{
		sheet.CSV:  ".csv text/csv; charset=utf-8",
		sheet.XLSX: ".xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		sheet.PDF:  ".pdf application/pdf",
	} {
		if got := format.Extension() + " " + format.MediaType(); got != want {
			t.Errorf("%s is %q", format, got)
		}
	}
}

func TestPDFShowsWhatItsFontsLack(t *testing.T) {
	t.Parallel()
	same := func(a, b string) bool {
		return bytes.Equal(write(t, sheet.PDF, []any{a, nil, nil, nil, nil}), write(t, sheet.PDF, []any{b, nil, nil, nil, nil}))
	}
	if !same("Tot in 北京 🎉", "Tot in �� �") {
		t.Error("characters without a sign are not shown as �")
	}
	if same("Tot in 北京", "Tot in ") {
		t.Error("they are lost")
	}
}

func TestXLSXHasItsColumnsInOrder(t *testing.T) {
	t.Parallel()
	content := write(t, sheet.XLSX, rowOf())
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := archive.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Close() }()
	text, err := io.ReadAll(page)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, column := range regexp.MustCompile(`<col min="(\d+)"`).FindAllSubmatch(text, -1) {
		order = append(order, string(column[1]))
	}
	if got := strings.Join(order, " "); got != "1 2 3 4 5" {
		t.Errorf("the widths are of the columns %s", got)
	}
}
