package crm

import (
	"bytes"
	"path"
	"strings"
)

// sniffed is how much of the beginning of a file tells its type.
const sniffed = 4096

// fileType is a type of file that is taken: by the ending of its name, and what its content begins with.
type fileType struct {
	ending   string
	mimeType string
	is       func(head []byte) bool
}

const (
	office      = "application/vnd.openxmlformats-officedocument."
	openDoc     = "application/vnd.oasis.opendocument."
	jpeg        = "image/jpeg"
	plainText   = "text/plain"
	pdfMimeType = "application/pdf"
)

// fileTypes are the types that are taken: what offices send each other. What can carry macros is not among
// them, nor what a browser would run.
func fileTypes() []fileType {
	return []fileType{
		{".pdf", pdfMimeType, begins("%PDF-")},
		{".docx", office + "wordprocessingml.document", packed("word/")},
		{".xlsx", office + "spreadsheetml.sheet", packed("xl/")},
		{".pptx", office + "presentationml.presentation", packed("ppt/")},
		{".odt", openDoc + "text", named(openDoc + "text")},
		{".ods", openDoc + "spreadsheet", named(openDoc + "spreadsheet")},
		{".png", "image/png", begins("\x89PNG\r\n\x1a\n")},
		{".jpg", jpeg, begins("\xff\xd8\xff")},
		{".jpeg", jpeg, begins("\xff\xd8\xff")},
		{".gif", "image/gif", begins("GIF8")},
		{".eml", "message/rfc822", readable},
		{".ics", "text/calendar", begins("BEGIN:VCALENDAR")},
		{".xml", "application/xml", begins("<?xml")},
		{".csv", "text/csv", readable},
		{".txt", plainText, readable},
	}
}

// typeOf gives the type of a file, if it is one that is taken. Name and content must tell the same.
func typeOf(name string, head []byte) (mimeType string, err *Error) {
	ending := strings.ToLower(path.Ext(name))
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	for _, one := range fileTypes() {
		if one.ending == ending && one.is(head) {
			return one.mimeType, nil
		}
	}
	return "", &Error{Code: FileTypeNotAllowed, Path: []string{"file"}, Text: Text{
		NL: "Dit soort bestand wordt niet aangenomen, of de inhoud is niet wat de naam zegt.",
		EN: "This type of file is not taken, or its content is not what its name says."}}
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

const zipEntry = "PK\x03\x04"

// zipName is where the name of a ZIP's first entry begins.
const zipName = 30

// packed knows documents of Microsoft's programs and those that write like them: a ZIP whose first entry
// belongs to such a document.
func packed(folder string) func([]byte) bool {
	return func(head []byte) bool {
		if len(head) < zipName || !begins(zipEntry)(head) {
			return false
		}
		for _, first := range []string{folder, "[Content_Types].xml", "_rels/", "docProps/", "customXml/"} {
			if bytes.HasPrefix(head[zipName:], []byte(first)) {
				return true
			}
		}
		return false
	}
}

// named knows OpenDocument: a ZIP that begins with a file that says what it is.
func named(mimeType string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) > zipName && begins(zipEntry)(head) && bytes.HasPrefix(head[zipName:], []byte("mimetype"+mimeType+"PK"))
	}
}

// readable knows text: UTF-8, or the older single bytes, without what no text has.
func readable(head []byte) bool {
	for _, b := range head {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' || b == 0x7f {
			return false
		}
	}
	return len(head) > 0
}
