package main

import (
	"klantkaart/crm"
	"klantkaart/quota"
	"klantkaart/transport"
)

// makeConnections makes the house of all that clients hold open, with limits that all servers of a Redis share.
func (n *node) makeConnections() error {
	holdings, err := quota.NewHoldings(n.config.RedisURL, quota.HoldingTimes{})
	if err != nil {
		return wrong("redis-url", err.Error())
	}
	n.holdings = holdings
	n.connections = transport.NewConnections(transport.Measures{
		Most:      n.config.Sockets,
		PerUser:   n.config.SocketsPerUser,
		PerOffice: n.config.OfficeSockets,
		Elsewhere: func(whose crm.ID) int { return holdings.Elsewhere(string(whose)) },
		Refused:   func() { n.metrics.limited("connections") },
		Working:   n.crm.Sessions.Working,
	})
	return nil
}

// held lists the connections of users and offices on this server.
func (n *node) held(tell func(key string, count, most int)) {
	n.connections.Held(func(whose crm.ID, count, most int) { tell(string(whose), count, most) })
}
