package crm

import (
	"context"
)

// checkSale adds what only the store can tell to the faults of the fields, and gives them all. What the card
// names already is not asked again: it keeps a contact and a value that were taken out of use meanwhile.
func (tx *Tx) checkSale(ctx context.Context, customer *Customer, before, after *Dossier, fields *patching) error {
	for _, one := range []struct {
		field         string
		before, after *ID
	}{
		{"handlerId", before.HandlerID, after.HandlerID}, {"ownerId", before.OwnerID, after.OwnerID},
		{"projectLeaderId", before.ProjectLeaderID, after.ProjectLeaderID},
		{"hoursGuardianId", before.HoursGuardianID, after.HoursGuardianID},
		{"invoiceGuardianId", before.InvoiceGuardianID, after.InvoiceGuardianID},
	} {
		if sameID(one.before, one.after) {
			continue
		}
		if err := tx.checkUser(ctx, one.after, fields, one.field); err != nil {
			return err
		}
	}
	if after.ContactID != nil && !sameID(before.ContactID, after.ContactID) {
		if err := tx.checkContacts(ctx, customer, []ID{*after.ContactID}, after.Phase != LeadPhase, fields, "contactId"); err != nil {
			return err
		}
	}
	for _, one := range []struct {
		list          LookupListKey
		field         string
		before, after *ID
	}{
		{LeadSourceList, "sourceId", before.SourceID, after.SourceID},
		{RequestedFunctionList, "requestedFunctionId", before.RequestedFunctionID, after.RequestedFunctionID},
		{ProjectTypeList, "projectTypeId", before.ProjectTypeID, after.ProjectTypeID},
	} {
		if _, err := tx.lookup(ctx, one.list, one.after, one.before, fields, one.field); err != nil {
			return err
		}
	}
	if err := tx.checkCampaignOf(ctx, before, after, fields); err != nil {
		return err
	}
	return fields.err()
}

// checkCampaignOf refuses a campaign that the actor does not see. One that is over may be named: what it brings comes later.
func (tx *Tx) checkCampaignOf(ctx context.Context, before, after *Dossier, fields *patching) error {
	if after.CampaignID == nil || sameID(before.CampaignID, after.CampaignID) {
		return nil
	}
	found, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "campaigns", []ID{*after.CampaignID}, (*Campaign).NodeID)
	if err == nil && found[0] == nil {
		fields.faults = append(fields.faults, notFound(fields.at("campaignId")...))
	}
	return err
}

func sameID(a, b *ID) bool { return a == b || a != nil && b != nil && *a == *b }

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

// checkContacts refuses contacts that the actor does not see, and those that are not to be named.
func (tx *Tx) checkContacts(ctx context.Context, customer *Customer, ids []ID, inUse bool, fields *patching, field string) error {
	rows, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "contacts", ids, (*Contact).NodeID)
	if err != nil {
		return err
	}
	seen := make(map[ID]bool, len(rows))
	for _, contact := range rows {
		if contact != nil {
			seen[contact.ID] = true
		}
	}
	found, err := tx.namedContacts(ctx, ids, inUse)
	if err != nil {
		return err
	}
	for i, contact := range found {
		if contact != nil && !seen[contact.ID] {
			found[i] = nil
		}
	}
	return tx.judgeContacts(ctx, customer, found, inUse, fields, field)
}

// checkNamed refuses contacts that are not to be named. Who is named already may be unseen by who goes on with it.
func (tx *Tx) checkNamed(ctx context.Context, customer *Customer, ids []ID, inUse bool, fields *patching, field string) error {
	found, err := tx.namedContacts(ctx, ids, inUse)
	if err != nil {
		return err
	}
	return tx.judgeContacts(ctx, customer, found, inUse, fields, field)
}

// judgeContacts refuses contacts that belong neither to the relation nor to a related card, and where only those in
// daily use may be named, archived ones.
func (tx *Tx) judgeContacts(ctx context.Context, customer *Customer, found []*Contact, inUse bool, fields *patching, field string) error {
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
			fields.faults = append(fields.faults, &Error{Code: ContactNotOfCustomer, Path: path, Text: Textf(
				"%s hoort niet bij deze klant of een verwante kaart.",
				"%s belongs neither to this customer nor to a related card.", contact.Name)})
		case inUse:
			fields.add(contact.mayBeNamed(path...))
		default:
			fields.add(contact.mayBeMentioned(path...))
		}
	}
	return nil
}

// mayBeMentioned refuses who is nobody any more. With who left, something can still be said.
func (c *Contact) mayBeMentioned(path ...string) *Error {
	if c.AnonymizedAt == nil {
		return nil
	}
	return contactAnonymized(path...)
}

// mayBeNamed refuses who is archived, where something wants a contact in daily use.
func (c *Contact) mayBeNamed(path ...string) *Error {
	if c.ArchivedAt == nil || c.AnonymizedAt != nil {
		return c.mayBeMentioned(path...)
	}
	return &Error{Code: ContactArchived, Path: path, Cards: []Card{c}, Text: Textf("%s is gearchiveerd.", "%s is archived.", c.Name)}
}
