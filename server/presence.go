package main

import "klantkaart/live"

// makePresence makes what knows who has which card open: on this node, or on all that share a Redis.
func (n *node) makePresence() error {
	if n.config.RedisURL == "" {
		n.presence = live.NewPresence(live.PresenceTimes{})
		return nil
	}
	presence, err := live.NewSharedPresence(n.config.RedisURL, live.PresenceTimes{})
	if err != nil {
		return wrong("redis-url", err.Error())
	}
	n.presence = presence
	return nil
}
