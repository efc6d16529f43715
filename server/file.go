package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/files"
	"klantkaart/graph"
)

const (
	// clientHeaderRequired is the code of an upload with a cookie but without the header that pages of other
	// origins cannot send.
	clientHeaderRequired = "CLIENT_HEADER_REQUIRED"
	// uploadTime is how long an upload may take in all; chunkTimeout is how long one may keep still.
	uploadTime = 15 * time.Minute
	// formRoom is how much a form may hold around its file, in bytes.
	formRoom = 64 << 10
	megabyte = 1 << 20
)

// contents is a store that is open.
type contents interface {
	files.Store
	io.Closer
}

// openFiles opens where the content of files is kept.
func openFiles(config Config) (contents, error) {
	if config.S3Endpoint == "" {
		return files.OpenFolder(config.filesFolder())
	}
	return files.OpenS3(files.Bucket{Endpoint: config.S3Endpoint, Region: config.S3Region, Name: config.S3Bucket,
		AccessKeyID: config.S3KeyID, SecretAccessKey: config.S3Secret, Gather: config.filesFolder()})
}

// tryFiles says in the log when the bucket does not answer. The rest of the product works without.
func (n *node) tryFiles(ctx context.Context) {
	bucket, ok := n.files.(*files.S3)
	if !ok {
		return
	}
	if err := bucket.Ping(ctx); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "the bucket for files does not answer", slog.Any("error", err))
	}
}

// upload takes a file: as the body itself, named by Content-Disposition, or as the first file of a form.
func (n *node) upload(w http.ResponseWriter, r *http.Request) {
	actor, err := crm.ActorFrom(r.Context())
	if err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	if n.isSimple(r) {
		refuse(w, r, http.StatusForbidden, clientHeaderRequired, crm.Textf("Een upload met een cookie vraagt de header %s.", "An upload with a cookie needs the header %s.", clientHeader))
		return
	}
	most := n.config.MaxFile * megabyte
	if r.ContentLength > most+formRoom {
		refuse(w, r, http.StatusRequestEntityTooLarge, string(crm.FileTooLarge), crm.FileTooLargeText(n.config.MaxFile*megabyte))
		return
	}
	control := http.NewResponseController(w)
	r.Body = http.MaxBytesReader(w, &patientBody{ReadCloser: r.Body, control: control, end: time.Now().Add(uploadTime)}, most+formRoom)
	name, content, wrong := fileIn(r)
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	size := most
	if r.ContentLength >= 0 {
		size = min(size, r.ContentLength)
	}
	if !n.takeUpload(w, r, actor, size) {
		return
	}
	file, err := n.crm.Files.Upload(r.Context(), name, content, most)
	n.settleUpload(actor, size, file)
	if err != nil {
		n.refuseFile(w, r, err)
		return
	}
	w.Header().Set("Location", file.URL())
	writeJSON(w, mediaJSON.contentType(), http.StatusCreated, map[string]any{
		"id": file.ID, "name": file.Name, "mimeType": file.MimeType, "size": file.Size, "sha256": file.Sha256, "url": file.URL()})
}

// fileIn finds the file of a request and its name.
func fileIn(r *http.Request) (name string, content io.Reader, wrong *fault) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && media == "multipart/form-data" {
		return fileInForm(r)
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return "", nil, &fault{http.StatusBadRequest, badRequest, crm.Text{NL: `Geef het bestand een naam: een formulier met een bestand, of Content-Disposition: attachment; filename="…".`, EN: `Name the file: a form with a file, or Content-Disposition: attachment; filename="…".`}}
	}
	return params["filename"], r.Body, nil
}

func fileInForm(r *http.Request) (name string, content io.Reader, wrong *fault) {
	unreadable := &fault{http.StatusBadRequest, badRequest, crm.Text{NL: "Het formulier bevat geen bestand.", EN: "The form holds no file."}}
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, unreadable
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, unreadable
		}
		if part.FileName() != "" {
			return part.FileName(), part, nil
		}
	}
}

// refuseFile says why a file was not taken.
func (n *node) refuseFile(w http.ResponseWriter, r *http.Request, err error) {
	var tooLong *http.MaxBytesError
	faults := crm.FaultsOf(err)
	switch {
	case errors.As(err, &tooLong):
		refuse(w, r, http.StatusRequestEntityTooLarge, string(crm.FileTooLarge), crm.FileTooLargeText(n.config.MaxFile*megabyte))
	case len(faults) > 0:
		refuse(w, r, statusOf(faults[0].Code), string(faults[0].Code), textOf(err))
	case errors.Is(err, io.ErrUnexpectedEOF) || r.Context().Err() != nil:
		refuse(w, r, http.StatusBadRequest, badRequest, crm.Text{NL: "Het bestand is niet helemaal aangekomen.", EN: "The file did not arrive whole."})
	default:
		n.refuseInternal(w, r, err)
	}
}

func statusOf(code crm.ErrorCode) int {
	switch code {
	case crm.Forbidden:
		return http.StatusForbidden
	case crm.FileTooLarge:
		return http.StatusRequestEntityTooLarge
	case crm.FileTypeNotAllowed:
		return http.StatusUnsupportedMediaType
	case crm.LimitExceeded:
		return http.StatusTooManyRequests
	}
	return http.StatusBadRequest
}

// patientBody lets a body take its time as long as it keeps coming, up to a moment.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	end     time.Time
}

func (b *patientBody) Read(into []byte) (int, error) {
	until := time.Now().Add(chunkTimeout)
	if until.After(b.end) {
		until = b.end
	}
	if err := b.control.SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return b.ReadCloser.Read(into)
}

// file sends a file, or a range of it, to who may see it. Whatever else is asked for looks absent.
func (n *node) file(w http.ResponseWriter, r *http.Request) {
	if _, err := crm.ActorFrom(r.Context()); err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	file, err := n.crm.Files.Get(r.Context(), crm.ID(r.PathValue("id")))
	if err != nil && len(crm.FaultsOf(err)) > 0 {
		refuse(w, r, http.StatusNotFound, notFound, crm.Text{NL: "Dit bestand bestaat niet, of niet voor u.", EN: "This file does not exist, or not for you."})
		return
	}
	if err != nil {
		n.refuseInternal(w, r, err)
		return
	}
	n.sendFile(w, r, file)
}

// paper sends a document or a letter: the file that was kept, or what it looks like now.
func (n *node) paper(w http.ResponseWriter, r *http.Request) {
	if _, err := crm.ActorFrom(r.Context()); err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	paper, err := n.crm.Documents.Paper(r.Context(), crm.ID(r.PathValue("id")))
	switch {
	case err != nil && len(crm.FaultsOf(err)) > 0:
		refuse(w, r, http.StatusNotFound, notFound, crm.Text{NL: "Dit document bestaat niet, of niet voor u.", EN: "This document does not exist, or not for you."})
	case err != nil:
		n.refuseInternal(w, r, err)
	case paper.File != nil:
		n.sendFile(w, r, paper.File)
	default:
		keepSafe(w.Header(), "application/pdf", paper.Name)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(paper.Content))
	}
}

// sendFile sends a file, or a range of it.
func (n *node) sendFile(w http.ResponseWriter, r *http.Request, file *crm.File) {
	content := &fileContent{ctx: r.Context(), node: n, file: file, control: http.NewResponseController(w)}
	defer content.close()
	if err := content.open(); err != nil { // before anything is said about it
		n.refuseInternal(w, r, err)
		return
	}
	keepSafe(w.Header(), file.MimeType, file.Name)
	w.Header().Set("ETag", `"`+file.Sha256+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	_ = content.control.SetWriteDeadline(time.Time{}) // the connection goes on to the next request
}

// fileContent reads a file from where it is wanted, so that no more of it is held than passes.
type fileContent struct {
	ctx     context.Context //nolint:containedctx // io.ReadSeeker has none, and this lives as long as the request
	node    *node
	file    *crm.File
	control *http.ResponseController
	at      int64
	body    io.ReadCloser
	bodyAt  int64
}

func (c *fileContent) close() {
	if c.body != nil {
		_ = c.body.Close()
		c.body = nil
	}
}

func (c *fileContent) open() error {
	c.close()
	body, err := c.node.crm.Files.Open(c.ctx, c.file, c.at)
	c.body, c.bodyAt = body, c.at
	return err
}

// Seek moves to where the next Read begins.
func (c *fileContent) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += int64(c.file.Size)
	}
	if offset < 0 {
		return 0, errors.New("the file has no such place")
	}
	c.at = offset
	return offset, nil
}

// Read gives the client its time for each piece.
func (c *fileContent) Read(into []byte) (int, error) {
	if c.body == nil || c.bodyAt != c.at {
		if err := c.open(); err != nil {
			slog.ErrorContext(c.ctx, "a file broke off", slog.String("request", graph.RequestOf(c.ctx).ID), slog.Any("error", err))
			return 0, err
		}
	}
	if err := c.control.SetWriteDeadline(time.Now().Add(chunkTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := c.body.Read(into)
	c.at += int64(n)
	c.bodyAt = c.at
	return n, err
}

// filesFolder is where content is kept, or gathered on its way to a bucket.
func (c *Config) filesFolder() string {
	if c.FilesFolder != "" {
		return c.FilesFolder
	}
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		return filepath.Join(filepath.Dir(path), "files")
	}
	return "data/files"
}
