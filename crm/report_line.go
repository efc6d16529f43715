package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// reportLine is what the cells of one row are made of.
type reportLine struct {
	language Language
	customer *Customer
	dossier  *Dossier // of a request or a project

	contact          *Contact
	colleagues       map[ID]*User
	contactedAt      *time.Time
	running, open    int
	attentions       int
	tags             any
	rateMin, rateMax *Decimal
}

func (l *reportLine) colleague(id *ID) any {
	if id == nil || l.colleagues[*id] == nil {
		return nil
	}
	return l.colleagues[*id].Name
}

func (l *reportLine) contactName() any {
	if l.contact == nil {
		return nil
	}
	return l.contact.Name
}

// reportPart is what is read for a page of rows beside the cards themselves: one statement for each part
// that a report's columns need, however many rows the page has.
type reportPart int

// The parts.
const (
	nothingElse reportPart = iota
	withColleagues
	withContact
	withRunning
	withOpen
	withAttentions
	withCustomers
	withPeople
	withRates
	withTags
)

// reportPage reads the rows of a report page by page.
type reportPage struct {
	conn    db.Conn
	actor   Actor
	report  *Report
	columns catalogue
	now     time.Time
	today   Date
	lines   []*reportLine
}

// rows gives the cells of the cards of a page, in the order of the ids.
func (p *reportPage) rows(ctx context.Context, ids []ID) ([][]any, error) {
	if err := p.cards(ctx, ids); err != nil {
		return nil, err
	}
	parts := make(map[reportPart]bool)
	for _, column := range p.columns {
		parts[column.needs] = true
	}
	for part, read := range map[reportPart]func(context.Context) error{
		withColleagues: p.readColleagues, withContact: p.readContact, withRunning: p.readRunning, withOpen: p.readOpen,
		withAttentions: p.readAttentions, withCustomers: p.readCustomers, withPeople: p.readPeople, withRates: p.readRates,
		withTags: p.readTags,
	} {
		if !parts[part] {
			continue
		}
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	rows := make([][]any, len(p.lines))
	for i, line := range p.lines {
		for _, column := range p.columns {
			rows[i] = append(rows[i], column.cell(line))
		}
	}
	return rows, nil
}

// cards reads the cards themselves, without the long texts that no column shows.
func (p *reportPage) cards(ctx context.Context, ids []ID) error {
	ctx = db.WithFields(ctx, p.fields())
	p.lines = nil
	if p.report.CardType == CustomerReport {
		found, err := byIDs(ctx, p.conn, p.actor.OrganizationID, "customers", ids, (*Customer).NodeID)
		for _, customer := range found {
			if customer != nil {
				p.lines = append(p.lines, &reportLine{language: p.actor.Language, customer: customer})
			}
		}
		return err
	}
	found, err := byIDs(ctx, p.conn, p.actor.OrganizationID, "engagements", ids, (*Dossier).NodeID)
	for _, dossier := range found {
		if dossier != nil {
			dossier.Status = dossier.statusOn(p.today)
			p.lines = append(p.lines, &reportLine{language: p.actor.Language, dossier: dossier})
		}
	}
	return err
}

// fields are those of the cards that the catalogue shows, by the names that their columns are read for.
func (p *reportPage) fields() db.Fields {
	names := map[string]bool{"visitingAddress": true, "contact": true}
	for _, column := range catalogueOf(p.report.CardType) {
		names[column.key] = true
	}
	return db.Fields{Names: names}
}

func (p *reportPage) ids() []ID {
	ids := make([]ID, len(p.lines))
	for i, line := range p.lines {
		if line.dossier != nil {
			ids[i] = line.dossier.ID
		} else {
			ids[i] = line.customer.ID
		}
	}
	return ids
}

func (p *reportPage) readColleagues(ctx context.Context) error {
	var ids []ID
	note := func(id *ID) {
		if id != nil {
			ids = append(ids, *id)
		}
	}
	for _, line := range p.lines {
		if line.dossier == nil {
			note(line.customer.AccountManagerID)
			continue
		}
		note(line.dossier.HandlerID)
		note(line.dossier.ProjectLeaderID)
	}
	found, err := byIDs(ctx, p.conn, p.actor.OrganizationID, "users", distinct(ids), (*User).NodeID)
	if err != nil {
		return err
	}
	colleagues := make(map[ID]*User, len(found))
	for _, user := range found {
		if user != nil {
			colleagues[user.ID] = user
		}
	}
	for _, line := range p.lines {
		line.colleagues = colleagues
	}
	return nil
}

// readTags names the tags of relations.
func (p *reportPage) readTags(ctx context.Context) error {
	var ids []ID
	for _, line := range p.lines {
		ids = append(ids, line.customer.TagIDs...)
	}
	found, err := byIDs(ctx, p.conn, p.actor.OrganizationID, "lookup_values", distinct(ids), (*LookupValue).NodeID)
	if err != nil {
		return err
	}
	texts := make(names, len(found))
	for _, value := range found {
		if value != nil {
			texts[value.ID] = value.Text
		}
	}
	for _, line := range p.lines {
		line.tags = texts.cells(line.customer.TagIDs)
	}
	return nil
}

// contacted is when there was last contact with a relation.
type contacted struct {
	CustomerID ID
	At         time.Time
}

// happened is what counts as contact with a relation: what went to it or came from it, what was said, and appointments
// that were held. An invoice is none, for the office sends it whether or not anybody speaks to anybody.
const happened = "(t.kind IN ('EMAIL', 'LETTER', 'DOCUMENT') AND t.status IN ('SENT', 'RECEIVED')" +
	" OR t.kind = 'CONVERSATION_NOTE' OR t.kind = 'APPOINTMENT' AND t.status = 'DONE') AND t.at <= ?"

// readContact finds the last contact that has been.
func (p *reportPage) readContact(ctx context.Context) error {
	found, err := db.SelectPerParent[*contacted](ctx, p.conn, db.Selection{
		Table: "communications", Columns: "t.customer_id, t.at", Order: "t.at DESC, t.id DESC", Limit: 1,
		Where: []db.Part{ofOrganization(p.actor.OrganizationID), {SQL: happened, Args: []any{p.now}}},
	}, "customer_id", p.ids())
	if err != nil {
		return fmt.Errorf("last contacts: %w", err)
	}
	by := make(map[ID]*time.Time, len(found))
	for _, one := range found {
		by[one.CustomerID] = &one.At
	}
	for _, line := range p.lines {
		line.contactedAt = by[line.customer.ID]
	}
	return nil
}

func (p *reportPage) readRunning(ctx context.Context) error {
	return p.count(ctx, "engagements", "customer_id", func(line *reportLine, n int) { line.running = n },
		db.Part{SQL: running("t"), Args: []any{string(p.today)}})
}

func (p *reportPage) readOpen(ctx context.Context) error {
	return p.count(ctx, "engagements", "customer_id", func(line *reportLine, n int) { line.open = n },
		db.Part{SQL: "t.phase = 'REQUEST' AND t.status = 'OPEN' AND t.archived_at IS NULL"})
}

func (p *reportPage) readAttentions(ctx context.Context) error {
	return p.count(ctx, "attentions", "card_id", func(line *reportLine, n int) { line.attentions = n },
		db.Part{SQL: standing, Args: []any{string(p.today)}})
}

// count counts rows of each relation.
func (p *reportPage) count(ctx context.Context, table, parent string, set func(*reportLine, int), condition db.Part) error {
	counts, err := db.CountPerParent(ctx, p.conn,
		db.Selection{Table: table, Where: []db.Part{ofOrganization(p.actor.OrganizationID), condition}}, parent, p.ids())
	if err != nil {
		return fmt.Errorf("count %s of %d cards: %w", table, len(p.lines), err)
	}
	for _, line := range p.lines {
		set(line, counts[line.customer.ID])
	}
	return nil
}

func (p *reportPage) readCustomers(ctx context.Context) error {
	ids := make([]ID, len(p.lines))
	for i, line := range p.lines {
		ids[i] = line.dossier.CustomerID
	}
	found, err := byIDs(db.WithFields(ctx, p.fields()), p.conn, p.actor.OrganizationID, "customers", ids, (*Customer).NodeID)
	if err != nil {
		return err
	}
	for i, line := range p.lines {
		line.customer = found[i]
	}
	return nil
}

func (p *reportPage) readPeople(ctx context.Context) error {
	var ids []ID
	for _, line := range p.lines {
		if line.dossier.ContactID != nil {
			ids = append(ids, *line.dossier.ContactID)
		}
	}
	ids = distinct(ids)
	found, err := byIDs(db.WithFields(ctx, p.fields()), p.conn, p.actor.OrganizationID, "contacts", ids, (*Contact).NodeID)
	if err != nil {
		return err
	}
	by := make(map[ID]*Contact, len(found))
	for _, contact := range found {
		by[contact.ID] = contact
	}
	for _, line := range p.lines {
		if line.dossier.ContactID != nil {
			line.contact = by[*line.dossier.ContactID]
		}
	}
	return nil
}

// offeredRates are the lowest and the highest rate of who works at a project.
type offeredRates struct {
	EngagementID ID
	Lowest       *Decimal
	Highest      *Decimal
}

func (p *reportPage) readRates(ctx context.Context) error {
	found, err := db.Rows[*offeredRates](ctx, p.conn,
		"SELECT t.engagement_id, MIN(t.hourly_rate) AS lowest, MAX(t.hourly_rate) AS highest FROM nominations AS t"+
			" WHERE t.organization_id = ? AND "+p.conn.In("t.engagement_id")+" AND t.status NOT IN ('REJECTED', 'WITHDRAWN') GROUP BY t.engagement_id",
		string(p.actor.OrganizationID), db.List(p.conn, p.ids()))
	if err != nil {
		return fmt.Errorf("rates of projects: %w", err)
	}
	by := make(map[ID]*offeredRates, len(found))
	for _, one := range found {
		by[one.EngagementID] = one
	}
	for _, line := range p.lines {
		if rates := by[line.dossier.ID]; rates != nil {
			line.rateMin, line.rateMax = rates.Lowest, rates.Highest
		}
	}
	return nil
}
