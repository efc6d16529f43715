package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// attachment makes a file a part of a communication.
type attachment struct {
	bun.BaseModel `bun:"table:attachments,alias:t"`

	OrganizationID  ID
	CommunicationID ID
	Ordinal         int
	FileID          ID
}

// fileOfMessage is a file together with the communication it is a part of.
type fileOfMessage struct {
	File            `bun:",extend"`
	CommunicationID ID
}

// AttachmentsOf gives for each communication its files, in the order given.
func (s *Files) AttachmentsOf(ctx context.Context, communications []ID) ([][]*File, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	byMessage, err := attachmentsOf(db.WithFields(ctx, db.Fields{}), conn, actor.OrganizationID, communications)
	if err != nil {
		return nil, err
	}
	found := make([][]*File, len(communications))
	for i, id := range communications {
		found[i] = byMessage[id]
	}
	return found, nil
}

// attachmentsOf reads the files of communications.
func attachmentsOf(ctx context.Context, conn db.Conn, organization ID, communications []ID) (map[ID][]*File, error) {
	rows, err := db.Rows[*fileOfMessage](ctx, conn,
		"SELECT "+db.Columns[*File](ctx, conn)+", l.communication_id FROM attachments AS l"+
			" JOIN files AS t ON t.organization_id = l.organization_id AND t.id = l.file_id"+
			" WHERE l.organization_id = ? AND "+conn.In("l.communication_id")+" ORDER BY l.communication_id, l.ordinal",
		string(organization), db.List(conn, communications))
	if err != nil {
		return nil, fmt.Errorf("attachments of communications: %w", err)
	}
	byMessage := make(map[ID][]*File)
	for _, row := range rows {
		byMessage[row.CommunicationID] = append(byMessage[row.CommunicationID], &row.File)
	}
	return byMessage, nil
}

// maxAttachments bounds how many files a communication has.
const maxAttachments = 20

// filesToAttach finds the files that a communication is to have. One that is not there for the actor, or that
// the actor may not attach, is a fault of the field.
func (tx *Tx) filesToAttach(ctx context.Context, ids []ID, fields *patching, field string) ([]*File, error) {
	ids = distinct(ids)
	if len(ids) > maxAttachments {
		fields.refuse(field, Text{NL: "Ten hoogste 20 bestanden.", EN: "At most 20 files."})
		return nil, nil
	}
	found, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "files", ids, (*File).NodeID)
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		if !file.mayAttach(tx.Actor) {
			fields.faults = append(fields.faults, notFound(fields.at(field)...))
			return nil, nil
		}
	}
	return found, nil
}

// attach makes files a part of a communication that is stored already.
func (tx *Tx) attach(ctx context.Context, communication ID, files []*File) error {
	if len(files) == 0 {
		return nil
	}
	rows, ids := make([]attachment, len(files)), make([]ID, len(files))
	for i, file := range files {
		rows[i] = attachment{OrganizationID: tx.Actor.OrganizationID, CommunicationID: communication, Ordinal: i, FileID: file.ID}
		ids[i] = file.ID
	}
	result, err := tx.NewUpdate().Table("files").Set("state = ?, since = ?", attached, tx.Now).
		Where("organization_id = ? AND id IN (?) AND state IN ('LOOSE', 'ATTACHED')", tx.Actor.OrganizationID, bun.List(ids)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("attach files: %w", err)
	}
	if changed, err := result.RowsAffected(); err != nil || changed != int64(len(ids)) {
		return notFound("input", "fileId") // the sweep was first
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("insert attachments: %w", err)
	}
	return nil
}

// detach takes all files off a communication. Those that no other has are let go after a day.
func (tx *Tx) detach(ctx context.Context, communication ID) error {
	var ids []ID
	err := tx.NewDelete().Model((*attachment)(nil)).
		Where("organization_id = ? AND communication_id = ?", tx.Actor.OrganizationID, communication).Returning("file_id").Scan(ctx, &ids)
	if err != nil {
		return fmt.Errorf("delete attachments: %w", err)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err = tx.NewUpdate().Table("files").Set("state = ?, since = ?", loose, tx.Now).
		Where("organization_id = ? AND id IN (?)", tx.Actor.OrganizationID, bun.List(ids)).
		Where("NOT EXISTS (SELECT 1 FROM attachments AS a WHERE a.organization_id = files.organization_id AND a.file_id = files.id)").Exec(ctx)
	if err != nil {
		return fmt.Errorf("let files loose: %w", err)
	}
	return nil
}
