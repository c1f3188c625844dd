// Command rclone is rclone with only the commands and backends that the tests of backups need. Its own main package also
// links the clients of every cloud.
package main

import (
	_ "github.com/rclone/rclone/backend/local"
	_ "github.com/rclone/rclone/backend/s3"
	_ "github.com/rclone/rclone/cmd/check"
	_ "github.com/rclone/rclone/cmd/copy"
	_ "github.com/rclone/rclone/cmd/lsf"
	_ "github.com/rclone/rclone/cmd/serve"
	_ "github.com/rclone/rclone/cmd/serve/s3"

	"github.com/rclone/rclone/cmd"
)

func main() {
	cmd.Main()
}
