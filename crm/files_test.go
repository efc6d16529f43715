package crm_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

const aPDF = "%PDF-1.7\n%%EOF\n"

func upload(t *testing.T, o *crmtest.Office, who, name, content string) *crm.File {
	t.Helper()
	return must2(o.Files.Upload(o.As(who), name, strings.NewReader(content), 1<<20))(t)
}

func contentOf(t *testing.T, o *crmtest.Office, file *crm.File) string {
	t.Helper()
	content, err := o.Files.Open(t.Context(), file, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	all, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// filesLeft counts the rows of files that belong to nothing.
func filesLeft(t *testing.T, o *crmtest.Office) int64 {
	t.Helper()
	n, err := o.DB.Read().NewSelect().Table("files").Where("state <> 'ATTACHED'").Count(db.Everywhere(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFiles(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("are kept as they came, under a clean name", func(t *testing.T) {
			file := upload(t, o, crmtest.Sanne, "..\\..\\Voorstel\u202e\t2026 .pdf", aPDF)
			if file.Name != "Voorstel 2026 .pdf" || file.Size != len(aPDF) || file.MimeType != "application/pdf" || len(file.Sha256) != 64 {
				t.Errorf("it is %+v", file)
			}
			if got := contentOf(t, o, file); got != aPDF {
				t.Errorf("it holds %q", got)
			}
		})
		t.Run("are their uploader's alone while they are of no communication", func(t *testing.T) {
			file := upload(t, o, crmtest.Sanne, "a.pdf", aPDF)
			if _, err := o.Files.Get(o.As(crmtest.Sanne), file.ID); err != nil {
				t.Error(err)
			}
			for _, other := range []context.Context{o.As(crmtest.Joris), o.As(crmtest.Peter), o.Neighbour().Context()} {
				_, err := o.Files.Get(other, file.ID)
				refused(t, err, crm.NotFound, "id")
			}
		})
		t.Run("leave nothing when they break off", func(t *testing.T) {
			before := filesLeft(t, o)
			broken := io.MultiReader(strings.NewReader(aPDF+strings.Repeat(" ", 5000)), iotest.ErrReader(errors.New("de lijn viel weg")))
			if _, err := o.Files.Upload(o.As(crmtest.Sanne), "a.pdf", broken, 1<<20); err == nil {
				t.Error("it was taken")
			}
			_, err := o.Files.Upload(o.As(crmtest.Sanne), "a.pdf", strings.NewReader(aPDF), int64(len(aPDF)-1))
			refused(t, err, crm.FileTooLarge, "file")
			if left := filesLeft(t, o); left != before {
				t.Errorf("%d rows are left", left-before)
			}
		})
		t.Run("are let go when they have belonged to nothing for a day", func(t *testing.T) {
			old := upload(t, o, crmtest.Sanne, "oud.pdf", aPDF)
			o.Clock.Advance(23 * time.Hour)
			young := upload(t, o, crmtest.Sanne, "nieuw.pdf", aPDF)
			o.Clock.Advance(2 * time.Hour)
			if swept := must2(o.Files.Sweep(t.Context()))(t); swept < 1 {
				t.Errorf("%d were swept", swept)
			}
			_, err := o.Files.Get(o.As(crmtest.Sanne), old.ID)
			refused(t, err, crm.NotFound, "id")
			if _, err := o.Files.Open(t.Context(), old, 0); err == nil {
				t.Error("its content is still there")
			}
			if got := contentOf(t, o, young); got != aPDF {
				t.Errorf("the young one holds %q", got)
			}
		})
		t.Run("may be a hundred at most that belong to nothing", func(t *testing.T) {
			mila := o.Actor(crmtest.Mila)
			var rows []string
			for i := range 99 {
				rows = append(rows, fmt.Sprintf("('%s', 'fil_%d', 'ARRIVING', '2026-11-23 09:00:00+00:00', 'a.txt', '', 0, '', 'k%d', '%s', '2026-11-23 09:00:00+00:00')",
					o.ID, i, i, mila.UserID))
			}
			write(t, o, "INSERT INTO files (organization_id, id, state, since, name, mime_type, size, sha256, store_key, uploaded_by, uploaded_at) VALUES "+
				strings.Join(rows, ", "))
			upload(t, o, crmtest.Mila, "a.txt", "a")
			_, err := o.Files.Upload(o.As(crmtest.Mila), "a.txt", strings.NewReader("a"), 1<<20)
			refused(t, err, crm.LimitExceeded, "file")
		})
	})
}

func TestFileTypes(t *testing.T) {
	t.Parallel()
	const docx = "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x13\x00\x00\x00[Content_Types].xml"
	const odt = "PK\x03\x04\x14\x00\x00\x08\x00\x00\x00\x00!\x00\x00\x00\x00\x00\x27\x00\x00\x00\x27\x00\x00\x00\x08\x00\x00\x00mimetypeapplication/vnd.oasis.opendocument.textPK\x03\x04"
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for name, content := range map[string]string{
			"a.pdf": aPDF, "a.PDF": aPDF, "a.docx": docx, "a.xlsx": docx, "a.odt": odt, "a.png": "\x89PNG\r\n\x1a\n", "a.jpg": "\xff\xd8\xff\xe0",
			"a.csv": "a;b\r\n", "a.eml": "From: a@b.example\r\n", "a.txt": "Stra\xdfe", "a.xml": "\ufeff<?xml version='1.0'?>", "a.ics": "BEGIN:VCALENDAR\r\n",
		} {
			upload(t, o, crmtest.Sanne, name, content)
		}
		for name, content := range map[string]string{
			"b.docm": docx, "b.odt": docx, "b.docx": odt, "b.pdf": docx, "b.png": aPDF, "b.zip": docx, "b.txt": "a\x00b", "b": aPDF, "b.js": "alert(1)", "b.pdf.exe": aPDF,
		} {
			_, err := o.Files.Upload(o.As(crmtest.Sanne), name, strings.NewReader(content), 1<<20)
			refused(t, err, crm.FileTypeNotAllowed, "file")
		}
	})
}
