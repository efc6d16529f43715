package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// Campaigns are the office's actions over many relations.
type Campaigns struct{ *core }

// CreateCampaignInput is a new campaign.
type CreateCampaignInput struct{ Fields CampaignFields }

// CreateCampaignPayload is the answer to Create.
type CreateCampaignPayload struct {
	Outcome
	Campaign *Campaign
}

// Create makes a campaign. It is the actor's unless another owner is named.
func (s *Campaigns) Create(ctx context.Context, input CreateCampaignInput) (*CreateCampaignPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*CreateCampaignPayload, error) {
		campaign := &Campaign{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(campaignPrefix), Version: 1,
			OwnerID: actorID(tx.Actor), CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor), today: tx.Today}
		fields := patchingAt("input", "fields")
		input.Fields.apply(campaign, fields)
		if err := tx.checkCampaign(ctx, campaign, nil, fields); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(campaign).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert campaign: %w", sameCampaign(err, "fields"))
		}
		tx.logOffice(CampaignCreatedEvent, campaign.ID, campaign.Version, changesBetween(&Campaign{}, campaign))
		return &CreateCampaignPayload{Campaign: campaign}, nil
	})
}

// UpdateCampaignInput is a change of a campaign's fields, with what it is based on.
type UpdateCampaignInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *CampaignFields
	Patch           CampaignFields
}

// UpdateCampaignPayload is the answer to Update.
type UpdateCampaignPayload struct {
	Outcome
	Campaign *Campaign
}

// Update changes fields, as Customers.Update does.
func (s *Campaigns) Update(ctx context.Context, input UpdateCampaignInput) (*UpdateCampaignPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*UpdateCampaignPayload, error) {
		campaign, err := tx.campaign(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, patch := *campaign, patchingAt("input", "patch")
		input.Patch.apply(campaign, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, CampaignFields.apply, patch)
		if err := tx.checkCampaign(ctx, campaign, &before, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, campaign)
		if err := tx.checkBasis(ctx, before.frame(), basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateCampaignPayload{Campaign: campaign}, nil
		}
		return &UpdateCampaignPayload{Campaign: campaign}, tx.saveCampaign(ctx, campaign, CampaignUpdatedEvent, changes)
	})
}

// EndCampaignInput says which campaign to end.
type EndCampaignInput struct {
	ID              ID
	ExpectedVersion *int
}

// EndCampaignPayload is the answer to End.
type EndCampaignPayload struct {
	Outcome
	Campaign *Campaign
}

// End says that a campaign is over, whatever its last day was to be.
func (s *Campaigns) End(ctx context.Context, input EndCampaignInput) (*EndCampaignPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*EndCampaignPayload, error) {
		campaign, err := tx.campaign(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if campaign.EndedAt != nil {
			return nil, &Error{Code: CampaignOver, Path: []string{"input", "id"}, Text: Text{
				NL: "De campagne is al beëindigd.",
				EN: "The campaign was ended already."}}
		}
		if err := campaign.frame().at(input.ExpectedVersion); err != nil {
			return nil, err
		}
		now := tx.Now
		campaign.EndedAt = &now
		changes := differing([]FieldChange{{Field: "endedAt", To: campaign.EndedAt}})
		return &EndCampaignPayload{Campaign: campaign}, tx.saveCampaign(ctx, campaign, CampaignEndedEvent, changes)
	})
}

// campaign locks a campaign for a change.
func (tx *Tx) campaign(ctx context.Context, id ID) (*Campaign, error) {
	var found []*Campaign
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock campaign: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound("input", "id")
	}
	found[0].today = tx.Today
	return found[0], nil
}

// checkCampaign adds what only the store can tell to the faults of the fields, and gives them all.
func (tx *Tx) checkCampaign(ctx context.Context, campaign, before *Campaign, fields *patching) error {
	var typeBefore, ownerBefore *ID
	if before != nil {
		typeBefore, ownerBefore = before.TypeID, before.OwnerID
	}
	if _, err := tx.lookup(ctx, CampaignTypeList, campaign.TypeID, typeBefore, fields, "typeId"); err != nil {
		return err
	}
	if campaign.OwnerID != nil && (ownerBefore == nil || *ownerBefore != *campaign.OwnerID) {
		if err := tx.checkUser(ctx, campaign.OwnerID, fields, "ownerId"); err != nil {
			return err
		}
	}
	return fields.err()
}

// saveCampaign keeps a changed campaign as its next version, with its event.
func (tx *Tx) saveCampaign(ctx context.Context, campaign *Campaign, kind EventKind, changes []FieldChange) error {
	campaign.Version++
	if _, err := tx.NewUpdate().Model(campaign).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save campaign %s: %w", campaign.ID, sameCampaign(err, "patch"))
	}
	tx.logOffice(kind, campaign.ID, campaign.Version, changes)
	return nil
}

// sameCampaign turns the violated unique index on the name into the user's error.
func sameCampaign(err error, fields string) error {
	if !db.IsUnique(err, "campaigns_by_name", "campaigns.organization_id, campaigns.name_key") {
		return err
	}
	return &Error{Code: DuplicateCampaign, Path: []string{"input", fields, "name"}, Text: Text{
		NL: "Er is al een campagne met deze naam.",
		EN: "There is a campaign with this name already."}}
}

// checkMemberContact refuses whom a membership cannot address, and tells of one who does not want mass mail.
func (tx *Tx) checkMemberContact(ctx context.Context, m *CampaignMembership, fields *patching) error {
	if m.ContactID == nil {
		return nil
	}
	found, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{*m.ContactID}, (*Contact).NodeID)
	if err != nil {
		return err
	}
	contact, path := found[0], fields.at("contactId")
	switch {
	case contact == nil:
		fields.faults = append(fields.faults, notFound(path...))
	case contact.CustomerID != m.CustomerID:
		fields.faults = append(fields.faults, &Error{Code: ContactNotOfCustomer, Path: path, Text: Text{
			NL: "De contactpersoon hoort niet bij deze relatie.",
			EN: "The contact does not belong to this relation."}})
	case contact.ArchivedAt != nil:
		fields.faults = append(fields.faults, &Error{Code: ContactArchived, Path: path, Text: Text{
			NL: "De contactpersoon is gearchiveerd.",
			EN: "The contact is archived."}})
	case contact.MailingOptOut:
		tx.warn(MailingOptOut, Text{
			NL: contact.Name + " wil geen mailings.",
			EN: contact.Name + " does not want mailings."}, contact)
	}
	return nil
}

// campaignStatusPart is the condition that a campaign has one of some statuses on a day.
func campaignStatusPart(statuses []CampaignStatus, today Date) []db.Part {
	if len(statuses) == 0 {
		return nil
	}
	over := "(t.ended_at IS NOT NULL OR (t.end_on IS NOT NULL AND t.end_on < ?))"
	c := &conditions{}
	for _, status := range slices.Compact(slices.Sorted(slices.Values(statuses))) {
		switch status {
		case CampaignEnded:
			c.add(over, string(today))
		case CampaignPlanned:
			c.add("(NOT "+over+" AND t.start_on > ?)", string(today), string(today))
		default:
			c.add("(NOT "+over+" AND t.start_on <= ?)", string(today), string(today))
		}
	}
	either := all(c.parts, " OR ")
	return []db.Part{{SQL: "(" + either.SQL + ")", Args: either.Args}}
}
