package crm

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// The codes of files that are not taken.
const (
	FileEmpty          ErrorCode = "FILE_EMPTY"
	FileTooLarge       ErrorCode = "FILE_TOO_LARGE"
	FileTypeNotAllowed ErrorCode = "FILE_TYPE_NOT_ALLOWED"
)

// FileTooLargeText says that a file is larger than so many bytes.
func FileTooLargeText(most int64) Text {
	return Textf("Het bestand is te groot: ten hoogste %s MB.", "The file is too large: at most %s MB.", most>>20)
}

// FileStore keeps the content of files, outside the database. A key is put once.
type FileStore interface {
	// Put keeps all that content gives, durably, or answers its error and keeps nothing.
	Put(ctx context.Context, key string, content io.Reader) error
	// Get gives the content of a key from an offset on.
	Get(ctx context.Context, key string, from int64) (io.ReadCloser, error)
	// Delete lets go of what is under a key; nothing is fine too.
	Delete(ctx context.Context, key string) error
}

// FilesPath is where files are served, below the address of the server; the id of the file follows.
const FilesPath = "/files/"

// fileState is where a file is on its way: its row is there before its content, and goes after it.
type fileState string

const (
	arriving fileState = "ARRIVING" // its content is on the way
	loose    fileState = "LOOSE"    // whole, and of no communication: for its uploader alone, and not for long
	attached fileState = "ATTACHED" // of a communication
	leaving  fileState = "LEAVING"  // its content is being deleted
)

// File is content with a name: uploaded, or made here.
type File struct {
	bun.BaseModel `bun:"table:files,alias:t"`

	OrganizationID ID
	ID             ID
	State          fileState
	Since          time.Time
	Name           string
	MimeType       string
	Size           int
	Sha256         string
	StoreKey       string
	UploadedByID   *ID `bun:"uploaded_by"`
	UploadedAt     time.Time
}

// IsNode marks a Node.
func (*File) IsNode() {}

// NodeID is the file's id.
func (f *File) NodeID() ID { return f.ID }

// URL is where the file is fetched, below the address of the server.
func (f *File) URL() string { return FilesPath + string(f.ID) }

// storeKey is under what the content is kept. Ids that were made at one moment begin alike, so the folder is
// named by the end of the id.
func storeKey(organization, file ID) string {
	return strings.Join([]string{string(organization), string(file[len(file)-2:]), string(file)}, "/")
}

// mayAttach says whether the actor can make the file a part of a communication: one of the actor's own that
// is whole, or one that colleagues see already.
func (f *File) mayAttach(actor Actor) bool {
	if f == nil {
		return false
	}
	own := f.UploadedByID != nil && *f.UploadedByID == actor.UserID
	return f.State == attached || f.State == loose && own
}

// maxFileName is how long the name of a file may be, in characters.
const maxFileName = 255

// fileName cleans the name that a client gives a file: the last part of a path, without what is invisible,
// would turn the text around, or is no name in Windows.
func fileName(given string) (string, *Error) {
	bad := &Error{Code: BadInput, Path: []string{"name"}, Text: Text{
		NL: "Geef het bestand een naam van ten hoogste 255 tekens.",
		EN: "Give the file a name of at most 255 characters."}}
	if !utf8.ValidString(given) {
		return "", bad
	}
	name := path.Base(strings.ReplaceAll(given, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		case strings.ContainsRune(`<>:"|?*/`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.Join(strings.Fields(name), " "), ". ")
	name = strings.TrimRight(name, ". ")
	if name == "" || utf8.RuneCountInString(name) > maxFileName {
		return "", bad
	}
	return name, nil
}

// noFiles is the store of an office without one.
type noFiles struct{}

var errNoFiles = errors.New("there is no store for files")

func (noFiles) Put(context.Context, string, io.Reader) error              { return errNoFiles }
func (noFiles) Get(context.Context, string, int64) (io.ReadCloser, error) { return nil, errNoFiles }
func (noFiles) Delete(context.Context, string) error                      { return errNoFiles }
