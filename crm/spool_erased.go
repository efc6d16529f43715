package crm

import (
	"context"
	"errors"
	"slices"
)

// errErased says that an e-mail is to somebody who was erased meanwhile.
var errErased = errors.New("an addressee was anonymized")

// goesToErased tells whether somebody who was erased is among those to whom it goes.
func (m *Message) goesToErased() bool {
	return slices.Contains(slices.Concat(m.MailTo, m.MailCc, m.MailBcc), anonymous)
}

// takeBackAll takes out of the spool what would go to somebody who is being erased. What a server is handing over at
// this moment is that server's: it finds the address gone when it has to try again.
func (tx *Tx) takeBackAll(ctx context.Context, mails []*Message) error {
	for _, m := range mails {
		delivery, err := tx.delivery(ctx, m)
		if err != nil {
			return err
		}
		if delivery == nil || delivery.Status == DeliverySent || delivery.Status == DeliverySending {
			continue
		}
		if err := tx.takeBack(ctx, m, delivery); err != nil {
			return err
		}
	}
	return nil
}

// takeBack makes a draft again of what is in the spool.
func (tx *Tx) takeBack(ctx context.Context, m *Message, d *MailDelivery) error {
	if m.Kind == EmailKind {
		return tx.takeBackEmail(ctx, m, d)
	}
	p, err := tx.paper(ctx, m.ID)
	if err != nil {
		return err
	}
	p.delivery = d
	return tx.takeBackPaper(ctx, p)
}
