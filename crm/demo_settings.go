package crm

import (
	"context"
	"fmt"
)

// choose makes the settings of the demo office: the usual ones, and its own blocked account.
func (d *demo) choose(ctx context.Context) error {
	settings := settingsOf(d.office.ID)
	settings.GAccountIban = new("NL27DEMO0990000881")
	if _, err := d.tx.NewInsert().Model(settings).Exec(ctx); err != nil {
		return fmt.Errorf("insert settings: %w", err)
	}
	return nil
}
