package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// Help is where help is found.
type Help struct{ *core }

// URL is where help for a place is: the office's own article, or the product's.
func (s *Help) URL(ctx context.Context, place HelpContext) (string, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return "", err
	}
	link, err := helpIn(ctx, conn, actor.OrganizationID, place)
	if err != nil {
		return "", err
	}
	return link.URL, nil
}

func helpIn(ctx context.Context, conn db.Conn, organization ID, place HelpContext) (*HelpLink, error) {
	found, err := db.Rows[*helpLink](ctx, conn,
		"SELECT t.context, t.url FROM help_links AS t WHERE t.organization_id = ? AND t.context = ?", string(organization), string(place))
	if err != nil {
		return nil, fmt.Errorf("read where help is: %w", err)
	}
	if len(found) == 0 {
		return &HelpLink{Context: place, URL: place.standard(), IsStandard: true}, nil
	}
	return &HelpLink{Context: place, URL: found[0].URL}, nil
}

// SetHelpURLInput says where help for a place is; null goes back to the product's own.
type SetHelpURLInput struct {
	Context HelpContext
	URL     *string
}

// SetHelpURLPayload is the answer to SetURL.
type SetHelpURLPayload struct {
	Outcome
	Help *HelpLink
}

// SetURL changes where help for a place is, for the whole office.
func (s *Help) SetURL(ctx context.Context, input SetHelpURLInput) (*SetHelpURLPayload, error) {
	return write(ctx, s.core, ManageHelp, func(ctx context.Context, tx *Tx) (*SetHelpURLPayload, error) {
		settings, err := tx.settings(ctx)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		url := fields.part("url", input.URL, helpURL(settings.AllowsHTTPHelp))
		if err := fields.err(); err != nil {
			return nil, err
		}
		before, err := helpIn(ctx, tx.Conn, tx.Actor.OrganizationID, input.Context)
		if err != nil {
			return nil, err
		}
		if err := tx.saveHelp(ctx, input.Context, url); err != nil {
			return nil, err
		}
		after, err := helpIn(ctx, tx.Conn, tx.Actor.OrganizationID, input.Context)
		if err == nil && *after != *before {
			office := tx.Actor.OrganizationID
			tx.log(&Event{Kind: HelpChangedEvent, CustomerID: office, CardID: office, SubjectID: &office,
				Changes: []FieldChange{{Field: string(input.Context), From: before.URL, To: after.URL}}})
		}
		return &SetHelpURLPayload{Help: after}, err
	})
}

func (tx *Tx) saveHelp(ctx context.Context, place HelpContext, url *string) error {
	link := &helpLink{OrganizationID: tx.Actor.OrganizationID, Context: place, URL: deref(url)}
	var err error
	if url == nil {
		_, err = tx.NewDelete().Model(link).WherePK().Exec(ctx)
	} else {
		_, err = tx.NewInsert().Model(link).On("CONFLICT (organization_id, context) DO UPDATE").Set("url = EXCLUDED.url").Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("save where help is: %w", err)
	}
	return nil
}
