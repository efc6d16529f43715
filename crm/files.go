package crm

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Files are what was uploaded or made: content with a name.
type Files struct{ *core }

const (
	// keepLoose is how long a file is kept that belongs to no communication.
	keepLoose = 24 * time.Hour
	// maxLoose bounds how many files of one colleague belong to no communication yet.
	maxLoose = 100
	// looseBatch is how many files are let go at a time.
	looseBatch = 100
	// abandonTime is how long letting go of a broken upload may take; otherwise the sweep does it.
	abandonTime = 10 * time.Second
)

// ByIDs finds many files, in the order of the ids; nil where there is none for the actor. One that is of no
// communication is there for its uploader alone.
func (s *Files) ByIDs(ctx context.Context, ids []ID) ([]*File, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(db.WithFields(ctx, db.Fields{}), conn, actor.OrganizationID, "files", ids, (*File).NodeID)
	for i, file := range found {
		if !file.mayAttach(actor) {
			found[i] = nil
		}
	}
	return found, err
}

// Get finds one file, or answers NOT_FOUND.
func (s *Files) Get(ctx context.Context, id ID) (*File, error) {
	found, err := s.ByIDs(ctx, []ID{id})
	if err == nil && found[0] == nil {
		return nil, notFound("id")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Open gives the content of a file that was found, from an offset on. The caller closes it.
func (s *Files) Open(ctx context.Context, file *File, from int64) (io.ReadCloser, error) {
	content, err := s.files.Get(ctx, file.StoreKey, from)
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", file.ID, err)
	}
	return content, nil
}

// Upload takes a file of at most so many bytes. Until it is made a part of a communication only the uploader
// sees it, and it is let go after a day.
func (s *Files) Upload(ctx context.Context, name string, content io.Reader, most int64) (*File, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.may(EditDocuments); err != nil {
		return nil, err
	}
	cleaned, fault := fileName(name)
	if fault != nil {
		return nil, fault
	}
	buffered := bufio.NewReaderSize(content, sniffed)
	head, err := buffered.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the upload: %w", err)
	}
	if len(head) == 0 {
		return nil, &Error{Code: FileEmpty, Path: []string{"file"}, Text: Text{NL: "Het bestand is leeg.", EN: "The file is empty."}}
	}
	mimeType, fault := typeOf(cleaned, head)
	if fault != nil {
		return nil, fault
	}
	return s.keep(ctx, actor, cleaned, mimeType, &measured{content: buffered, hash: sha256.New(), most: most})
}

// keep stores content. The row comes first: whatever breaks off, the sweep knows what is left of it.
func (c *core) keep(ctx context.Context, actor Actor, name, mimeType string, content *measured) (*File, error) {
	now, id := c.moment(), c.newID(filePrefix)
	file := &File{OrganizationID: actor.OrganizationID, ID: id, State: arriving, Since: now, Name: name, MimeType: mimeType,
		StoreKey: storeKey(actor.OrganizationID, id), UploadedByID: actorID(actor), UploadedAt: now}
	if err := c.announceFile(ctx, file); err != nil {
		return nil, err
	}
	if err := c.files.Put(ctx, file.StoreKey, content); err != nil {
		return nil, errors.Join(fmt.Errorf("keep file %s: %w", file.ID, err), c.abandon(ctx, file))
	}
	file.State, file.Size, file.Sha256 = loose, int(content.size), hex.EncodeToString(content.hash.Sum(nil))
	err := c.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewUpdate().Model(file).Column("state", "size", "sha256").
			Where("organization_id = ? AND id = ? AND state = ?", file.OrganizationID, file.ID, arriving).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("complete file %s: %w", file.ID, err), c.abandon(ctx, file))
	}
	return file, nil
}

// announceFile writes the row of a file whose content comes next.
func (c *core) announceFile(ctx context.Context, file *File) error {
	return c.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		waiting, err := tx.NewSelect().Table("files").
			Where("organization_id = ? AND uploaded_by = ? AND state <> 'ATTACHED'", file.OrganizationID, file.UploadedByID).Count(ctx)
		if err != nil {
			return fmt.Errorf("count loose files: %w", err)
		}
		if waiting >= maxLoose {
			return &Error{Code: LimitExceeded, Path: []string{"file"}, Text: Text{
				NL: "U hebt al 100 bestanden geüpload die nog nergens bij horen.",
				EN: "You have uploaded 100 files already that belong to nothing yet."}}
		}
		if _, err := tx.NewInsert().Model(file).Exec(ctx); err != nil {
			return fmt.Errorf("insert file: %w", err)
		}
		return nil
	})
}

// abandon lets go of a file that did not become whole. Who asked for it may have left.
func (c *core) abandon(ctx context.Context, file *File) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTime)
	defer cancel()
	return c.release(ctx, file)
}

// handOut ends the keeping of a file that was made for a change: it stays when the change answered with it. It goes when
// the change was refused, or had been made before under the same key and answered with the file of then. There may be
// none.
func (c *core) handOut(ctx context.Context, file, answered *File, err error) error {
	if file == nil || (err == nil && answered != nil && answered.ID == file.ID) {
		return err
	}
	return errors.Join(err, c.abandon(ctx, file))
}

// release deletes the content of a file and then its row.
func (c *core) release(ctx context.Context, file *File) error {
	if err := c.files.Delete(ctx, file.StoreKey); err != nil {
		return fmt.Errorf("let go of file %s: %w", file.ID, err)
	}
	return c.db.Write(within(ctx, file.OrganizationID), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewDelete().Table("files").Where("organization_id = ? AND id = ? AND state <> 'ATTACHED'", file.OrganizationID, file.ID).Exec(ctx)
		return err
	})
}

// Sweep lets go of the files, of every office, that have belonged to no communication for a day, and of what
// uploads left that broke off. It tells how many.
func (s *Files) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for {
		batch, err := s.leave(ctx)
		if err != nil || len(batch) == 0 {
			return swept, err
		}
		var faults []error
		for _, file := range batch {
			if err := s.release(ctx, file); err != nil {
				faults = append(faults, err) // it is tried again in a day
				continue
			}
			swept++
		}
		if err := errors.Join(faults...); err != nil {
			return swept, err
		}
	}
}

// leave marks the files whose time has come, so that nobody attaches them any more and no other server lets
// go of them too.
func (s *Files) leave(ctx context.Context) ([]*File, error) {
	var batch []*File
	err := s.db.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
		now := s.moment()
		query := tx.NewSelect().Model(&batch).Where("state <> 'ATTACHED' AND since < ?", now.Add(-keepLoose)).
			OrderExpr("since, organization_id, id").Limit(looseBatch)
		if err := tx.ForUpdate(query).Scan(ctx); err != nil || len(batch) == 0 {
			return err
		}
		ids := make([]ID, len(batch))
		for i, file := range batch {
			ids[i] = file.ID
		}
		_, err := tx.NewUpdate().Table("files").Set("state = ?, since = ?", leaving, now).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find files to let go: %w", err)
	}
	return batch, nil
}

// measured counts and hashes what passes, and refuses more than most bytes.
type measured struct {
	content io.Reader
	hash    hash.Hash
	most    int64
	size    int64
}

func (m *measured) Read(into []byte) (int, error) {
	n, err := m.content.Read(into)
	m.size += int64(n)
	if m.size > m.most {
		return 0, &Error{Code: FileTooLarge, Path: []string{"file"}, Text: FileTooLargeText(m.most)}
	}
	_, _ = m.hash.Write(into[:n]) // a hash takes everything
	return n, err
}
