"""Copies new and changed files of a folder on a server to a bucket."""

import logging

from clockhouse.connectors import s3, sftp
from clockhouse.kit import Secret, TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    host: str = setting("The server", example="files.example.com")
    port: int = setting("Its port", default=22, minimum=1, maximum=65535)
    user: str = setting("Who signs in there")
    password: Secret | None = setting("The password, unless there is a key", default=None)
    private_key: Secret | None = setting("The private key, whole", default=None)
    host_key: str | None = setting("The server's fingerprint", example="SHA256:...", default=None)
    folder: str = setting("The folder on the server", default=".")
    bucket: str = setting("The bucket")
    prefix: str = setting("What the keys in the bucket begin with", default="", example="incoming/")
    region: str | None = setting("Where the bucket is", example="eu-central-1", default=None)
    endpoint_url: str | None = setting("Where the store is, unless it is Amazon's", default=None)
    access_key_id: Secret = setting("The access key of the store")
    secret_access_key: Secret = setting("The secret of the access key")
    overwrite: bool = setting("Copy also what seems to be the same", default=False)


def main(config: Config) -> None:
    server = sftp.Client(
        config.host,
        config.user,
        password=config.password,
        private_key=config.private_key,
        host_key=config.host_key,
        port=config.port,
    )
    bucket = s3.Client(
        config.bucket,
        config.access_key_id,
        config.secret_access_key,
        region=config.region,
        endpoint_url=config.endpoint_url,
    )
    there = {found.key: found.size_bytes for found in bucket.list(config.prefix)}
    copied = 0
    for file in server.list(config.folder):
        key = f"{config.prefix}{file.name}"
        if file.is_folder or (there.get(key) == file.size_bytes and not config.overwrite):
            continue
        content = server.read(file.path)
        bucket.write(key, content)
        log.info("Copied %s (%s bytes)", file.path, len(content))
        copied += 1
    log.info("Copied %s files from %s to %s", copied, config.host, config.bucket)


if __name__ == "__main__":
    run(main)
