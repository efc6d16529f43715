package crm

import (
	"context"
	"fmt"
)

// The fields that the phases share, each checked into its place.

func (d *Dossier) describe(fields *patching, title string, description *string) {
	if stored := fields.part("title", &title, upTo(200)); stored != nil {
		d.Title = *stored
	} else if len(fields.faults) == 0 {
		fields.refuse("title", Text{NL: "Dit veld is verplicht.", EN: "This field is required."})
	}
	d.Description = fields.part("description", description, upTo(10_000))
}

func (d *Dossier) place(fields *patching, location *string, hoursPerWeek *Decimal) {
	d.Location = fields.part("location", location, upTo(200))
	d.HoursPerWeek = hoursPerWeek
	if hoursPerWeek != nil && (*hoursPerWeek < 50 || *hoursPerWeek > 60_00) {
		fields.refuse("hoursPerWeek", Text{NL: "Tussen 0,5 en 60 uur per week.", EN: "Between 0.5 and 60 hours a week."})
	}
}

func (d *Dossier) term(fields *patching, start, end *Date) {
	d.Start, d.EndOn = start, end
	if end != nil && (start == nil || *end < *start) {
		fields.refuse("endOn", Text{NL: "Een einde ligt niet voor het begin.", EN: "An end does not lie before the start."})
	}
}

// amount takes an amount of money, not below zero.
func (p *patching) amount(field string, given *MoneyInput) *Decimal {
	if given != nil && given.Amount < 0 {
		p.refuse(field, Text{NL: "Niet onder nul.", EN: "Not below zero."})
	}
	return given.decimal()
}

// orActor is the given colleague, or else the one who acts.
func orActor(given *ID, actor Actor) *ID {
	if given != nil {
		return given
	}
	return actorID(actor)
}

// checkUser refuses a colleague that the office does not have.
func (tx *Tx) checkUser(ctx context.Context, id *ID, fields *patching, field string) error {
	if id == nil {
		return nil
	}
	return tx.checkUsers(ctx, []ID{*id}, fields, field)
}

// checkUsers refuses colleagues that the office does not have.
func (tx *Tx) checkUsers(ctx context.Context, ids []ID, fields *patching, field string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "users", ids, (*User).NodeID)
	if err != nil {
		return err
	}
	for _, user := range found {
		if user == nil {
			fields.faults = append(fields.faults, notFound(fields.at(field)...))
		}
	}
	return nil
}

// checkContacts refuses contacts that belong neither to the relation nor to a related card, and where
// only those in daily use may be named, archived ones.
func (tx *Tx) checkContacts(ctx context.Context, customer *Customer, ids []ID, inUse bool, fields *patching, field string) error {
	found, err := tx.namedContacts(ctx, ids, inUse)
	if err != nil {
		return err
	}
	related, err := tx.relatedIDs(ctx, customer.ID)
	if err != nil {
		return err
	}
	allowed := map[ID]bool{customer.ID: true}
	for _, id := range related {
		allowed[id] = true
	}
	path := fields.at(field)
	for _, contact := range found {
		switch {
		case contact == nil:
			fields.faults = append(fields.faults, notFound(path...))
		case !allowed[contact.CustomerID]:
			fields.faults = append(fields.faults, &Error{Code: ContactNotOfCustomer, Path: path, Text: Text{
				NL: fmt.Sprintf("%s hoort niet bij deze klant of een verwante kaart.", contact.Name),
				EN: fmt.Sprintf("%s belongs neither to this customer nor to a related card.", contact.Name)}})
		case inUse && contact.ArchivedAt != nil:
			fields.faults = append(fields.faults, &Error{Code: ContactArchived, Path: path, Cards: []Card{contact}, Text: Text{
				NL: fmt.Sprintf("%s is gearchiveerd.", contact.Name),
				EN: fmt.Sprintf("%s is archived.", contact.Name)}})
		}
	}
	return nil
}
