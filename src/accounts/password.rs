//! argon2id, as many at once as the machine bears.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::anyhow;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rand::{TryRng as _, rngs::SysRng};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::{AccountError, rules::Password, secret};

/// How long a caller waits for its turn before it is told to come back.
// Long enough for the 800 teams of a hall to log in at once on two processors.
const PATIENCE: Duration = Duration::from_secs(20);

// OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

pub struct Hasher {
    turns: Arc<Semaphore>,
    patience: Duration,
    /// The hash of a password that nobody has, verified where an address is unknown.
    nobody: String,
    computed: Arc<AtomicU64>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("computed", &self.computed).finish_non_exhaustive()
    }
}

impl Hasher {
    pub fn new(at_once: usize) -> Self {
        let nobody = digest(secret::fresh("").as_bytes()).expect("the parameters are in range");
        let turns = Arc::new(Semaphore::new(at_once));
        Self { turns, patience: PATIENCE, nobody, computed: Arc::default() }
    }

    /// How many hashes were computed for callers since the start.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    pub async fn hash(&self, password: Password) -> Result<String, AccountError> {
        self.in_turn(move || digest(password.as_bytes())).await
    }

    /// Whether `stored` is a hash of the password. Computes one hash even where nothing is stored.
    pub async fn verify(&self, password: Password, stored: Option<String>) -> Result<bool, AccountError> {
        let known = stored.is_some();
        let expected = stored.unwrap_or_else(|| self.nobody.clone());
        let matches = self.in_turn(move || matches(password.as_bytes(), &expected)).await?;
        Ok(known && matches)
    }

    async fn in_turn<T, F>(&self, work: F) -> Result<T, AccountError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Error> + Send + 'static,
    {
        let turns = Arc::clone(&self.turns);
        let turn = match timeout(self.patience, turns.acquire_owned()).await {
            Ok(turn) => turn.expect("the semaphore is never closed"),
            Err(_elapsed) => return Err(AccountError::Busy),
        };
        let computed = Arc::clone(&self.computed);
        let work = spawn_blocking(move || {
            // Held by the work itself: a caller who hangs up must not free a processor that is still busy.
            let _turn = turn;
            computed.fetch_add(1, Ordering::Relaxed);
            work()
        });
        let result = work.await.map_err(|e| AccountError::Hashing(e.into()))?;
        result.map_err(|e| AccountError::Hashing(anyhow!("argon2: {e}")))
    }
}

/// What stands where nobody knows a password: it is the hash of none.
pub fn unusable() -> String {
    let mut bytes = [0; 48];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    let (salt, hash) = bytes.split_at(16);
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn digest(password: &[u8]) -> Result<String, Error> {
    let hash: PasswordHash = argon2().hash_password(password)?;
    Ok(hash.to_string())
}

fn matches(password: &[u8], stored: &str) -> Result<bool, Error> {
    let stored = PasswordHash::new(stored).map_err(|_| Error::EncodingInvalid)?;
    match argon2().verify_password(password, &stored) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::typed(text)
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_with_the_recommended_cost_and_a_salt_of_its_own() {
        let hasher = Hasher::new(1);
        let first = hasher.hash(password("đúng rồi nhé")).await.unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, hasher.hash(password("đúng rồi nhé")).await.unwrap());
        assert!(hasher.verify(password("đúng rồi nhé"), Some(first.clone())).await.unwrap());
        assert!(!hasher.verify(password("sai rồi nhé!"), Some(first)).await.unwrap());
    }

    #[tokio::test]
    async fn where_nobody_knows_a_password_none_is_right() {
        let hasher = Hasher::new(1);
        let stored = unusable();
        assert!(!hasher.verify(password("đúng rồi nhé"), Some(stored.clone())).await.unwrap());
        assert_ne!(stored, unusable());
    }

    #[tokio::test]
    async fn an_unknown_address_costs_the_same_hash_as_a_known_one() {
        let hasher = Hasher::new(1);
        let stored = hasher.hash(password("mật khẩu thật")).await.unwrap();
        let before = hasher.computed();
        assert!(!hasher.verify(password("không đúng đâu"), Some(stored.clone())).await.unwrap());
        let known = hasher.computed() - before;
        assert!(!hasher.verify(password("không đúng đâu"), None).await.unwrap());
        assert_eq!(hasher.computed() - before - known, known);
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(&hasher.nobody), cost(&stored));
    }

    #[tokio::test]
    async fn who_waits_too_long_for_a_turn_is_told_so() {
        let mut hasher = Hasher::new(0);
        hasher.patience = Duration::from_millis(1);
        assert!(matches!(hasher.hash(password("mật khẩu dài")).await, Err(AccountError::Busy)));
        assert_eq!(hasher.computed(), 0);
    }

    #[tokio::test]
    async fn a_hash_that_is_damaged_is_a_failure_and_no_wrong_password() {
        let hasher = Hasher::new(1);
        let result = hasher.verify(password("mật khẩu dài"), Some("plain".into())).await;
        assert!(matches!(result, Err(AccountError::Hashing(_))));
    }
}
