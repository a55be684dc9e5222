//go:build !linux

package main

func probe([]string, bool) {}

func inventory() {}
