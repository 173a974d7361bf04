//! Settings of the S3 bucket that may hold the blobs.

use super::{ConfigError, Get};

#[derive(Clone)]
pub struct S3 {
    pub bucket: String,
    pub region: String,
    /// Address of the service; the provider's own for the region where absent.
    pub endpoint: Option<String>,
    pub access_key: String,
    pub secret_key: String,
    /// Before every object's name: empty, or ends with a slash.
    pub prefix: String,
    /// The bucket stands in the path of an address, not in its host.
    pub path_style: bool,
}

// The keys must not reach a log line.
impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

const BUCKET: &str = "DAUTRI_S3_BUCKET";
const ENDPOINT: &str = "DAUTRI_S3_ENDPOINT";
const REGION: &str = "DAUTRI_S3_REGION";
const ACCESS_KEY: &str = "DAUTRI_S3_ACCESS_KEY";
const SECRET_KEY: &str = "DAUTRI_S3_SECRET_KEY";
const PREFIX: &str = "DAUTRI_S3_PREFIX";
const PATH_STYLE: &str = "DAUTRI_S3_PATH_STYLE";

impl S3 {
    /// `None`: the bucket is not named, and nothing else about S3 is.
    pub(super) fn read(get: &Get<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(bucket) = get(BUCKET) else {
            let stray = [ENDPOINT, REGION, ACCESS_KEY, SECRET_KEY, PREFIX, PATH_STYLE];
            return match stray.into_iter().find(|name| get(name).is_some()) {
                None => Ok(None),
                Some(_) => Err(ConfigError::Missing {
                    name: BUCKET,
                    hint: "other settings of S3 are; name the bucket, or remove them to use the folder",
                }),
            };
        };
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        check(
            BUCKET,
            &bucket,
            (3..=63).contains(&bucket.len()) && bucket.chars().all(word),
            || "a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots",
        )?;
        let endpoint = get(ENDPOINT).map(|e| e.trim_end_matches('/').to_owned());
        if let Some(endpoint) = &endpoint {
            let scheme = endpoint.starts_with("http://") || endpoint.starts_with("https://");
            let right = scheme && reqwest::Url::parse(endpoint).is_ok_and(|url| url.has_host());
            check(ENDPOINT, endpoint, right, || "write it like https://s3.example.vn")?;
        }
        let prefix = get(PREFIX).map(|p| format!("{}/", p.trim_matches('/'))).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let right = prefix.chars().all(plain) && !prefix.split('/').any(|part| part == "..");
        check(
            PREFIX,
            &prefix,
            right && prefix != "/",
            || "write letters, digits, hyphens, underscores and slashes",
        )?;
        let path_style = match get(PATH_STYLE).as_deref() {
            None => endpoint.is_some(),
            Some("true") => true,
            Some("false") => false,
            Some(other) => return Err(invalid(PATH_STYLE, other, "write true or false")),
        };
        Ok(Some(Self {
            bucket,
            region: get(REGION).unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint,
            access_key: needed(get, ACCESS_KEY)?,
            secret_key: needed(get, SECRET_KEY)?,
            prefix,
            path_style,
        }))
    }
}

fn needed(get: &Get<'_>, name: &'static str) -> Result<String, ConfigError> {
    let hint = "the bucket needs both keys; give the server a pair that reads, writes and deletes there";
    get(name).ok_or(ConfigError::Missing { name, hint })
}

fn check(
    name: &'static str,
    value: &str,
    right: bool,
    hint: impl FnOnce() -> &'static str,
) -> Result<(), ConfigError> {
    if right { Ok(()) } else { Err(invalid(name, value, hint())) }
}

fn invalid(name: &'static str, value: &str, hint: &'static str) -> ConfigError {
    ConfigError::Invalid { name, value: value.to_owned(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<S3>, String> {
        let get =
            |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        S3::read(&get).map_err(|error| error.to_string())
    }

    const NEEDED: [(&str, &str); 3] = [(BUCKET, "thi"), (ACCESS_KEY, "AK"), (SECRET_KEY, "geheim")];

    fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
        NEEDED.into_iter().filter(|(key, _)| *key != name).chain([(name, value)]).collect()
    }

    #[test]
    fn without_a_bucket_there_is_a_folder_and_half_of_s3_is_refused() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[(ACCESS_KEY, "AK")]).unwrap_err().contains(BUCKET));
        assert!(read(&NEEDED[..2]).unwrap_err().contains(SECRET_KEY));
        assert!(read(&[NEEDED[0], NEEDED[2]]).unwrap_err().contains(ACCESS_KEY));
    }

    #[test]
    fn an_address_of_ones_own_names_the_bucket_in_its_path() {
        let own = read(&with(ENDPOINT, "http://127.0.0.1:9000/")).unwrap().unwrap();
        assert_eq!(own.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert!(own.path_style);
        let provider = read(&NEEDED).unwrap().unwrap();
        assert_eq!((provider.path_style, provider.region.as_str()), (false, "us-east-1"));
        assert_eq!(read(&with(PREFIX, "/a/b/")).unwrap().unwrap().prefix, "a/b/");
        assert_eq!(provider.prefix, "");
    }

    #[test]
    fn wrong_values_are_refused_at_boot_with_what_to_write() {
        for (name, value) in [
            (BUCKET, "A"),
            (BUCKET, "a b c"),
            (ENDPOINT, "s3.example.vn"),
            (ENDPOINT, "ftp://x"),
            (ENDPOINT, "https://"),
            (PREFIX, "a b"),
            (PREFIX, "../x"),
            (PREFIX, "/"),
            (PATH_STYLE, "yes"),
        ] {
            let fault = read(&with(name, value)).unwrap_err();
            assert!(fault.contains(name) && !fault.contains("geheim"), "{name} {value}: {fault}");
        }
    }

    #[test]
    fn keys_are_never_shown() {
        let shown = format!("{:?}", read(&NEEDED).unwrap());
        assert!(shown.contains("thi") && !shown.contains("geheim") && !shown.contains("AK"), "{shown}");
    }
}
