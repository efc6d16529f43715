package crm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Letterhead is the office on its paper. An office that never saved one has its name alone, at version 1.
type Letterhead struct {
	bun.BaseModel `bun:"table:letterheads,alias:t"`

	OrganizationID ID `bun:",pk"`
	Version        int
	Name           string   `change:"name"`
	AddressLines   []string `bun:"type:text" change:"addressLines"`
	Phone          *string  `change:"phone"`
	Email          *string  `change:"email"`
	Website        *string  `change:"website"`
	KvkNumber      *string  `change:"kvkNumber"`
	VatID          *string  `change:"vatId"`
	Iban           *string  `change:"iban"`
	UpdatedAt      time.Time
	UpdatedByID    *ID `bun:"updated_by"`
}

// SaveLetterheadInput is the letterhead as it is to be.
type SaveLetterheadInput struct {
	ExpectedVersion int
	Name            string
	AddressLines    []string
	Phone           *string
	Email           *string
	Website         *string
	KvkNumber       *string
	VatID           *string
	Iban            *string
}

// SaveLetterheadPayload is the answer to SaveLetterhead.
type SaveLetterheadPayload struct {
	Outcome
	Letterhead *Letterhead
}

func (in SaveLetterheadInput) apply(l *Letterhead, p *patching) {
	l.Name = p.needed("name", in.Name, upTo(100))
	l.AddressLines = p.addressLines("addressLines", in.AddressLines)
	l.Phone = p.part("phone", in.Phone, upTo(30))
	l.Email = p.part("email", in.Email, email)
	l.Website = p.part("website", in.Website, upTo(100))
	l.KvkNumber = p.part("kvkNumber", in.KvkNumber, kvkNumber)
	l.VatID = p.part("vatId", in.VatID, vatID)
	l.Iban = p.part("iban", in.Iban, iban)
	p.printable("name", in.Name)
	p.printable("addressLines", strings.Join(in.AddressLines, "\n"))
	p.printable("phone", deref(in.Phone))
	p.printable("email", deref(in.Email))
	p.printable("website", deref(in.Website))
}

// needed checks a text that must be there.
func (p *patching) needed(field, given string, check rule) string {
	faults := len(p.faults)
	text := p.part(field, &given, check)
	if text == nil && len(p.faults) == faults {
		p.refuse(field, missing())
	}
	return deref(text)
}

// maxAddressLines is how many lines fit the window of an envelope.
const maxAddressLines = 7

// addressLines checks the lines of an address on paper; blank ones are dropped.
func (p *patching) addressLines(field string, given []string) []string {
	lines := []string{}
	for _, line := range given {
		if text := p.part(field, &line, upTo(60)); text != nil {
			lines = append(lines, strings.Join(strings.Fields(*text), " "))
		}
	}
	if len(lines) > maxAddressLines {
		p.refuse(field, Text{NL: "Ten hoogste zeven regels.", EN: "At most seven lines."})
	}
	return lines
}

// Letterhead gives the office's letterhead.
func (s *Templates) Letterhead(ctx context.Context) (*Letterhead, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return letterhead(ctx, conn, actor.OrganizationID)
}

// letterhead reads the letterhead, or makes one of the office's name.
func letterhead(ctx context.Context, conn db.Conn, organization ID) (*Letterhead, error) {
	var found []*Letterhead
	if err := conn.NewSelect().Model(&found).Where("organization_id = ?", organization).Scan(ctx); err != nil {
		return nil, fmt.Errorf("letterhead: %w", err)
	}
	if len(found) > 0 {
		return found[0], nil
	}
	plain := &Letterhead{OrganizationID: organization, Version: 1, AddressLines: []string{}}
	if err := conn.NewSelect().Table("organizations").Column("name").Where("id = ?", organization).Scan(ctx, &plain.Name); err != nil {
		return nil, fmt.Errorf("name of the office: %w", err)
	}
	return plain, nil
}

// SaveLetterhead says what the office's paper shows. Letters that were sent keep theirs.
func (s *Templates) SaveLetterhead(ctx context.Context, input SaveLetterheadInput) (*SaveLetterheadPayload, error) {
	return write(ctx, s.core, ManageTemplates, func(ctx context.Context, tx *Tx) (*SaveLetterheadPayload, error) {
		now, err := letterhead(ctx, tx.Conn, tx.Actor.OrganizationID)
		if err != nil {
			return nil, err
		}
		if err := sameVersion(input.ExpectedVersion, now.Version); err != nil {
			return nil, err
		}
		before, fields := *now, patchingAt("input")
		input.apply(now, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		now.Version++
		now.UpdatedAt, now.UpdatedByID = tx.Now, actorID(tx.Actor)
		result, err := tx.NewInsert().Model(now).On("CONFLICT (organization_id) DO UPDATE").Set("version = EXCLUDED.version, name = EXCLUDED.name").
			Set("address_lines = EXCLUDED.address_lines, phone = EXCLUDED.phone, email = EXCLUDED.email, website = EXCLUDED.website").
			Set("kvk_number = EXCLUDED.kvk_number, vat_id = EXCLUDED.vat_id, iban = EXCLUDED.iban").
			Set("updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by").
			Where("t.version = ?", input.ExpectedVersion).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("save letterhead: %w", err)
		}
		if saved, err := result.RowsAffected(); err != nil || saved == 0 {
			return nil, sameVersion(input.ExpectedVersion, now.Version) // a colleague was first
		}
		tx.logOffice(LetterheadChangedEvent, tx.Actor.OrganizationID, now.Version, changesBetween(&before, now))
		return &SaveLetterheadPayload{Letterhead: now}, nil
	})
}

// sameVersion says that what is to be changed is as the user saw it.
func sameVersion(expected, current int) error {
	if expected == current {
		return nil
	}
	return outdated(current, Text{NL: "Dit is intussen gewijzigd.", EN: "This was changed meanwhile."})
}
