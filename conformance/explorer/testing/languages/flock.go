// A contender in Go, as small as can be: flock(2) of a file that stays. Explored
// to see that programs with Go's runtime, and its threads, can be.

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Again when a signal interrupts it: Go's runtime sends some to itself.
func flock(file *os.File, operation int) error {
	for {
		err := syscall.Flock(int(file.Fd()), operation)
		if err != syscall.EINTR {
			return err
		}
	}
}

func acquire(path, wait string) (*os.File, string) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0666)
	if err != nil {
		return nil, "error open"
	}
	operation := syscall.LOCK_EX
	if wait == "0" {
		operation |= syscall.LOCK_NB
	}
	err = flock(file, operation)
	if err == nil {
		return file, "acquired"
	}
	file.Close()
	if err == syscall.EWOULDBLOCK {
		return nil, "busy"
	}
	return nil, "error flock"
}

func main() {
	held := map[string]*os.File{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		answer := "unsupported"
		switch {
		case len(words) > 0 && words[0] == "hello":
			answer = fmt.Sprintf("hello lockfile-contender/1 name=go version=1 pid=%d can=forever", os.Getpid())
		case len(words) > 3 && words[0] == "acquire":
			file, result := acquire(words[2], words[3])
			held[words[1]] = file
			kind, why, _ := strings.Cut(result, " ")
			answer = strings.TrimSpace(kind + " " + words[1] + " " + why)
		case len(words) > 1 && words[0] == "release":
			answer = "released " + words[1]
			if held[words[1]].Close() != nil {
				answer = "error " + words[1] + " close"
			}
		}
		fmt.Println(answer)
	}
}
