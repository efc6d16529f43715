package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"klantkaart/crm"
)

// spoolPatience is how long the database may take to tell how long the spool is.
const spoolPatience = time.Second

var (
	spoolLength = prometheus.NewDesc("klantkaart_mail_spool", "E-mails that wait to be handed over, of all servers.", nil, nil)
	spoolAge    = prometheus.NewDesc("klantkaart_mail_spool_age_seconds", "How long the oldest of them has waited; 0 when none waits.", nil, nil)
)

// spoolGauges tell how long the spool is. Both are of one statement, for each time that they are asked for.
type spoolGauges struct{ emails *crm.Emails }

// Describe names the figures.
func (g *spoolGauges) Describe(to chan<- *prometheus.Desc) {
	to <- spoolLength
	to <- spoolAge
}

// Collect reads the figures. While the database does not answer they are absent, and the others are there.
func (g *spoolGauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), spoolPatience)
	defer cancel()
	backlog, err := g.emails.Backlog(ctx)
	if err != nil {
		slog.WarnContext(ctx, "the length of the spool is not known", slog.Any("error", err))
		return
	}
	to <- prometheus.MustNewConstMetric(spoolLength, prometheus.GaugeValue, float64(backlog.Length))
	to <- prometheus.MustNewConstMetric(spoolAge, prometheus.GaugeValue, backlog.Oldest.Seconds())
}
