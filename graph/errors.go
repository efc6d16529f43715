package graph

import (
	"context"

	"klantkaart/crm"
)

// failing is a payload that can say why nothing changed.
type failing[P any] interface {
	*P
	Fail([]*crm.UserError)
}

// settle gives a mutation's payload. What the user can mend goes into its userErrors, in the viewer's
// language; every other error is the request's.
func settle[P any, F failing[P]](ctx context.Context) func(*P, error) (*P, error) {
	return func(payload *P, err error) (*P, error) {
		faults := crm.FaultsOf(err)
		if len(faults) == 0 || faults[0].Code == crm.Unauthenticated {
			return payload, err
		}
		refused := new(P)
		F(refused).Fail(userErrors(ctx, faults))
		return refused, nil
	}
}

func userErrors(ctx context.Context, faults crm.Faults) []*crm.UserError {
	actor, _ := crm.ActorFrom(ctx) // faults come from verbs, which have an actor
	told := make([]*crm.UserError, len(faults))
	for i, fault := range faults {
		told[i] = &crm.UserError{
			Message: fault.Text.In(actor.Language), Code: fault.Code, Path: fault.Path,
			Conflicts: fault.Conflicts, CurrentVersion: fault.CurrentVersion, RetryAfter: fault.RetryAfter, Cards: fault.Cards, SubjectID: fault.SubjectID,
		}
	}
	return told
}
