package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// AddToCampaignInput says which relation to add to which campaign.
type AddToCampaignInput struct {
	CampaignID ID
	CustomerID ID
	ContactID  *ID
}

// AddToCampaignPayload is the answer to AddMember.
type AddToCampaignPayload struct {
	Outcome
	Membership *CampaignMembership
}

// AddMember puts a relation in daily use into a campaign. That the campaign is over, or that the contact does
// not want mass mail, is told as a warning: what happened may have to be recorded afterwards.
func (s *Campaigns) AddMember(ctx context.Context, input AddToCampaignInput) (*AddToCampaignPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*AddToCampaignPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		campaign, err := tx.campaign(ctx, input.CampaignID)
		if err != nil {
			return nil, faultAt(err, "campaignId")
		}
		member := &CampaignMembership{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(membershipPrefix), Version: 1,
			CampaignID: campaign.ID, CustomerID: customer.ID, ContactID: input.ContactID, Status: MemberPlanned,
			AddedAt: tx.Now, AddedByID: actorID(tx.Actor)}
		fields := patchingAt("input")
		if err := tx.checkMemberContact(ctx, member, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		if campaign.Status() == CampaignEnded {
			tx.warn(AddedToOver, Text{NL: "De campagne is afgelopen.", EN: "The campaign is over."})
		}
		if _, err := tx.NewInsert().Model(member).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert membership: %w", sameMember(err))
		}
		return &AddToCampaignPayload{Membership: member},
			tx.logOnCustomer(ctx, CampaignMemberAddedEvent, customer.ID, member.ID, member.joined(campaign))
	})
}

// UpdateCampaignMembershipInput is a change of a membership, with what it is based on.
type UpdateCampaignMembershipInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *CampaignMembershipFields
	Patch           CampaignMembershipFields
}

// UpdateCampaignMembershipPayload is the answer to UpdateMember.
type UpdateCampaignMembershipPayload struct {
	Outcome
	Membership *CampaignMembership
}

// UpdateMember records how far a relation is in a campaign, one step at a time, and what came of it.
func (s *Campaigns) UpdateMember(ctx context.Context, input UpdateCampaignMembershipInput) (*UpdateCampaignMembershipPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*UpdateCampaignMembershipPayload, error) {
		member, err := tx.membership(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, patch := *member, patchingAt("input", "patch")
		input.Patch.apply(member, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, CampaignMembershipFields.apply, patch)
		changes := changesBetween(&before, member)
		if err := tx.checkBasisOf(ctx, member.CustomerID, member.ID, before.Version, basis, changes); err != nil {
			return nil, err
		}
		if err := tx.checkMember(ctx, member, &before, patch); err != nil {
			return nil, err
		}
		if changes = changesBetween(&before, member); len(changes) == 0 {
			return &UpdateCampaignMembershipPayload{Membership: member}, nil
		}
		member.Version++
		if _, err := tx.NewUpdate().Model(member).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("save membership %s: %w", member.ID, err)
		}
		return &UpdateCampaignMembershipPayload{Membership: member},
			tx.logOnCustomer(ctx, CampaignMemberUpdatedEvent, member.CustomerID, member.ID, changes)
	})
}

// checkMember says whether a changed membership fits together; a contact that stays is not judged again.
func (tx *Tx) checkMember(ctx context.Context, member, before *CampaignMembership, patch *patching) error {
	if len(patch.faults) > 0 {
		return patch.err()
	}
	if err := member.advance(before, tx.Now, patch); err != nil {
		return err
	}
	if member.ContactID != nil && (before.ContactID == nil || *before.ContactID != *member.ContactID) {
		if err := tx.checkMemberContact(ctx, member, patch); err != nil {
			return err
		}
	}
	return patch.err()
}

// RemoveFromCampaignInput says which membership to end.
type RemoveFromCampaignInput struct{ ID ID }

// RemoveFromCampaignPayload is the answer to RemoveMember.
type RemoveFromCampaignPayload struct {
	Outcome
	Customer *Customer
}

// RemoveMember takes a relation out of a campaign. The card's history keeps that it was in it.
func (s *Campaigns) RemoveMember(ctx context.Context, input RemoveFromCampaignInput) (*RemoveFromCampaignPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*RemoveFromCampaignPayload, error) {
		member, err := tx.membership(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		campaign, err := tx.campaign(ctx, member.CampaignID)
		if err != nil {
			return nil, err
		}
		if _, err := tx.NewDelete().Model(member).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete membership %s: %w", member.ID, err)
		}
		gone := differing([]FieldChange{{Field: "campaign", From: campaign.Name}, {Field: "status", From: member.Status}})
		if err := tx.logOnCustomer(ctx, CampaignMemberRemovedEvent, member.CustomerID, member.ID, gone); err != nil {
			return nil, err
		}
		customer, err := tx.customer(ctx, member.CustomerID, nil)
		return &RemoveFromCampaignPayload{Customer: customer}, err
	})
}

// membership gives a membership for a change: its relation, which is in daily use, is locked first.
func (tx *Tx) membership(ctx context.Context, id ID) (*CampaignMembership, error) {
	read := func() (*CampaignMembership, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "campaign_memberships", []ID{id}, (*CampaignMembership).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		return found[0], nil
	}
	member, err := read()
	if err != nil {
		return nil, err
	}
	customer, err := tx.customer(ctx, member.CustomerID, nil)
	if err != nil {
		return nil, err
	}
	if err := customer.inUse(); err != nil {
		return nil, err
	}
	if member, err = read(); err != nil {
		return nil, err
	}
	if member.RespondedAt != nil {
		at := member.RespondedAt.UTC()
		member.RespondedAt = &at
	}
	return member, nil
}

// logOnCustomer raises a relation's version and notes what happened to something on its card.
func (tx *Tx) logOnCustomer(ctx context.Context, kind EventKind, customer, subject ID, changes []FieldChange) error {
	version, err := tx.raiseVersion(ctx, "customers", customer)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: customer, CardID: customer, CardVersion: version, SubjectID: &subject, Changes: changes})
	return nil
}

// sameMember turns the violated unique index on campaign and relation into the user's error.
func sameMember(err error) error {
	if !db.IsUnique(err, "campaign_memberships_once", "campaign_memberships.organization_id, campaign_memberships.campaign_id, campaign_memberships.customer_id") {
		return err
	}
	return &Error{Code: AlreadyMember, Path: []string{"input", "customerId"}, Text: Text{
		NL: "De relatie zit al in deze campagne.",
		EN: "The relation is in this campaign already."}}
}
