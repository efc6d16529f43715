package crm

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"klantkaart/db"
)

// ExportPersonalDataInput says of whom to hand the data out.
type ExportPersonalDataInput struct{ ID ID }

// ExportPersonalDataPayload is the answer to Export.
type ExportPersonalDataPayload struct {
	Outcome
	Contact *Contact
	File    *File
}

// maxPersonalData bounds how large the data of a person may be, in bytes.
const maxPersonalData = 256 << 20

// Export writes down everything that the office keeps of a person at one moment, as a file for whoever asked. It is kept before the
// transaction, which records that it was handed out; otherwise it is let go. A trial tells whether it would be, and makes none.
func (s *Contacts) Export(ctx context.Context, input ExportPersonalDataInput) (*ExportPersonalDataPayload, error) {
	try := mannerFrom(ctx).Try != nil
	var file *File
	if !try {
		var err error
		if file, err = s.writeDown(ctx, input.ID); err != nil {
			return nil, err
		}
	}
	payload, err := write(ctx, s.core, ExportPeople, func(ctx context.Context, tx *Tx) (*ExportPersonalDataPayload, error) {
		_, contact, err := tx.contact(ctx, input.ID, nil)
		switch {
		case err != nil:
			return nil, err
		case contact.AnonymizedAt != nil:
			return nil, contactAnonymized("input", "id")
		case file == nil && !try: // it was not there, or erased, when it was looked for
			return nil, notFound("input", "id")
		}
		contact.Version, err = tx.raiseVersion(ctx, "contacts", contact.ID)
		tx.log(&Event{Kind: ContactExportedEvent, CustomerID: contact.CustomerID, CardID: contact.ID, CardVersion: contact.Version})
		return &ExportPersonalDataPayload{Contact: contact, File: file}, err
	})
	if err != nil {
		return nil, s.handOut(ctx, file, nil, err)
	}
	return payload, s.handOut(ctx, file, payload.File, nil)
}

// writeDown makes and keeps the file. Whatever is wrong with the request is told by the verb itself.
func (s *Contacts) writeDown(ctx context.Context, id ID) (*File, error) {
	actor, err := ActorFrom(ctx)
	if err != nil || actor.may(ExportPeople) != nil {
		return nil, err
	}
	var data *personalData
	err = s.db.Snapshot(db.WithFields(within(ctx, actor.OrganizationID), db.Fields{}), func(ctx context.Context, conn db.Conn) error {
		found, err := byIDs(ctx, conn, actor.OrganizationID, "contacts", []ID{id}, (*Contact).NodeID)
		if err == nil && found[0] != nil && found[0].AnonymizedAt == nil {
			data, err = s.dataOf(ctx, conn, found[0])
		}
		return err
	})
	if err != nil || data == nil {
		return nil, err
	}
	content, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the data of %s down: %w", id, err)
	}
	return s.keep(ctx, actor, "persoonsgegevens.json", "application/json", &measured{content: bytes.NewReader(content), hash: sha256.New(), most: maxPersonalData})
}

// dataOf gathers everything of a person.
func (s *Contacts) dataOf(ctx context.Context, conn db.Conn, contact *Contact) (*personalData, error) {
	office := &Organization{}
	if err := conn.NewSelect().Model(office).Where("id = ?", contact.OrganizationID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("the office of %s: %w", contact.ID, err)
	}
	data := &personalData{MadeAt: s.moment().UTC(), Office: office.Name, Person: personOf(contact)}
	traces, err := tracesOf(ctx, conn, contact)
	if err != nil {
		return nil, err
	}
	return data, errors.Join(
		data.gatherChannel(ctx, conn, contact),
		data.gatherFunctions(ctx, conn, contact, s.day(s.moment())),
		data.gatherMessages(ctx, conn, traces),
		data.gatherSales(ctx, conn, contact),
		data.gatherPins(ctx, conn, contact),
		data.gatherProcesses(ctx, conn, contact),
		data.gatherChanges(ctx, conn, traces))
}

// gatherChannel tells the channel that the person prefers as the office calls it.
func (d *personalData) gatherChannel(ctx context.Context, conn db.Conn, contact *Contact) error {
	if contact.PreferredChannelID == nil {
		return nil
	}
	found, err := byIDs(ctx, conn, contact.OrganizationID, "lookup_values", []ID{*contact.PreferredChannelID}, (*LookupValue).NodeID)
	if err == nil && found[0] != nil {
		d.Person["preferredChannel"] = found[0].Text
	}
	return err
}

func (d *personalData) gatherFunctions(ctx context.Context, conn db.Conn, contact *Contact, today Date) error {
	functions, err := functionsOf(ctx, conn, contact.OrganizationID, []ID{contact.ID}, today)
	for _, f := range functions {
		d.Functions = append(d.Functions, functionOfPerson{f.Title, f.Department, f.StartOn, f.EndOn})
	}
	return err
}

// gatherMessages finds what was said with the person, and the e-mails that have an address of the person all the same.
func (d *personalData) gatherMessages(ctx context.Context, conn db.Conn, t *traces) error {
	messages, err := t.mails(ctx, conn)
	if err != nil {
		return err
	}
	said, err := keptOf[*Message](ctx, conn, "communications", t.contact, "t.id IN (SELECT l.communication_id FROM communication_contacts AS l"+
		" WHERE l.organization_id = t.organization_id AND l.contact_id = ?) ORDER BY t.id", t.contact.ID)
	if err != nil {
		return err
	}
	byID, ids := make(map[ID]*Message), []ID{}
	for _, one := range append(messages, said...) {
		byID[one.ID] = one
		ids = append(ids, one.ID)
	}
	ids = distinct(ids)
	slices.SortFunc(ids, func(a, b ID) int { return cmp.Or(byID[a].At.Compare(byID[b].At), cmp.Compare(a, b)) })
	files, err := attachmentsOf(ctx, conn, t.contact.OrganizationID, ids)
	if err != nil {
		return err
	}
	papers, err := keptOf[*DocumentDetails](ctx, conn, "documents", t.contact, "t.addressee_id = ?", t.contact.ID)
	if err != nil {
		return err
	}
	details := make(map[ID]*DocumentDetails)
	for _, one := range papers {
		details[one.CommunicationID] = one
	}
	for _, id := range ids {
		d.Communications = append(d.Communications, byID[id].told(t, details[id], files[id]))
	}
	return nil
}

// gatherSales finds the leads, requests, projects and campaigns that name the person.
func (d *personalData) gatherSales(ctx context.Context, conn db.Conn, contact *Contact) error {
	dossiers, err := keptOf[*Dossier](ctx, conn, "engagements", contact, "t.contact_id = ? ORDER BY t.id", contact.ID)
	if err != nil {
		return err
	}
	for _, one := range dossiers {
		d.Engagements = append(d.Engagements, dossierOfPerson{one.ID, one.CustomerID, one.Phase, one.Status, one.Number, one.Title})
	}
	memberships, err := keptOf[*CampaignMembership](ctx, conn, "campaign_memberships", contact, "t.contact_id = ? ORDER BY t.id", contact.ID)
	for _, one := range memberships {
		d.Campaigns = append(d.Campaigns, membershipOfPerson{one.CampaignID, one.CustomerID, one.Status, one.Result, one.RespondedAt})
	}
	return err
}

// gatherPins finds what is noted and pinned on the person's card.
func (d *personalData) gatherPins(ctx context.Context, conn db.Conn, contact *Contact) error {
	entries, err := keptOf[*ChecklistEntry](ctx, conn, "checklist_entries", contact, "t.card_id = ? ORDER BY t.item_id", contact.ID)
	if err != nil {
		return err
	}
	for _, one := range entries {
		d.Checklist = append(d.Checklist, entryOfPerson{one.ItemID, one.Checked, one.CheckedAt, one.Note, one.NoteAt})
	}
	attentions, err := keptOf[*Attention](ctx, conn, "attentions", contact, "t.card_id = ? ORDER BY t.id", contact.ID)
	for _, one := range attentions {
		d.Attentions = append(d.Attentions, attentionOfPerson{one.Text, one.Level, one.CreatedAt, one.ValidUntil, one.RemovedAt})
	}
	return err
}

func (d *personalData) gatherProcesses(ctx context.Context, conn db.Conn, contact *Contact) error {
	processes, err := keptOf[*Process](ctx, conn, "processes", contact, "t.card_id = ? ORDER BY t.id", contact.ID)
	if err != nil {
		return err
	}
	steps, err := keptOf[*ProcessStep](ctx, conn, "process_steps", contact, "t.process_id IN (SELECT p.id FROM processes AS p"+
		" WHERE p.organization_id = t.organization_id AND p.card_id = ?) ORDER BY t.process_id, t.ordinal", contact.ID)
	for _, one := range processes {
		told := processOfPerson{Name: one.Name, Status: one.Status, StartedAt: one.StartedAt, FinishedAt: one.FinishedAt, CancelReason: one.CancelReason}
		for _, step := range steps {
			if step.ProcessID == one.ID {
				told.Steps = append(told.Steps, stepOfPerson{step.Title(), step.Status, step.OutcomeKey, step.Note, step.CompletedAt})
			}
		}
		d.Processes = append(d.Processes, told)
	}
	return err
}

// gatherChanges finds what the log tells of the person: on the own card, and of e-mails and letters on others.
func (d *personalData) gatherChanges(ctx context.Context, conn db.Conn, t *traces) error {
	for _, event := range t.history {
		d.Changes = append(d.Changes, event.told())
	}
	mentions, err := t.mentions(ctx, conn)
	for _, event := range mentions {
		d.Changes = append(d.Changes, t.told(event))
	}
	return err
}

// keptOf reads the rows of a table that a condition finds, in the office of a contact.
func keptOf[T any](ctx context.Context, conn db.Conn, table string, contact *Contact, where string, id ID) ([]T, error) {
	rows, err := db.Rows[T](ctx, conn, "SELECT "+db.Columns[T](ctx, conn)+" FROM "+table+" AS t WHERE t.organization_id = ? AND "+where,
		string(contact.OrganizationID), string(id))
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", table, contact.ID, err)
	}
	return rows, nil
}
