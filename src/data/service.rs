//! Reading data sets, and accepting rules.

use sqlx::{PgConnection, PgPool};

use super::{
    DataError, FILES, acceptance,
    model::{CurrentRules, DataFile, DataSet, Version, Viewer},
    rules::{self, Refusal, Selection},
    store::{acceptances, sets},
    tar::Archive,
};
use crate::{
    accounts::Principal,
    competitions::{self, access},
    kernel::{
        Timestamp,
        ids::{CompetitionId, UserId},
    },
    storage::Storage,
};

#[derive(Debug, Clone)]
pub struct Data {
    db: PgPool,
    pub(super) storage: Storage,
}

/// What a viewer may know of a set.
#[derive(Debug, Clone)]
pub struct Listed {
    pub set: DataSet,
    pub refusal: Option<Refusal>,
    /// Those that the viewer may read, newest first.
    pub versions: Vec<Version>,
}

/// All sets of a competition as one viewer sees them.
#[derive(Debug, Clone)]
pub struct Listing {
    pub sets: Vec<Listed>,
    pub rules: Standing,
}

/// The rules, and when a person accepted them as they are now.
#[derive(Debug, Clone)]
pub struct Standing {
    pub rules: CurrentRules,
    pub accepted_at: Option<Timestamp>,
}

/// Which version of which set is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub competition: &'a str,
    pub set: &'a str,
    /// A number, or `latest`.
    pub version: &'a str,
}

/// A version that the viewer may read.
#[derive(Debug)]
pub struct Opened {
    pub set: DataSet,
    pub version: Version,
    pub files: Vec<DataFile>,
}

impl Data {
    pub fn new(db: PgPool, storage: Storage) -> Self {
        Self { db, storage }
    }

    pub async fn list(&self, person: Option<&Principal>, slug: &str) -> Result<Listing, DataError> {
        let mut conn = self.db.acquire().await?;
        let competition = find(&mut conn, slug).await?;
        let (rules, viewer) = viewer(&mut conn, person, competition).await?;
        let (sets, now) = sets::list(&mut conn, competition).await?;
        let mut versions = sets::versions(&mut conn, competition).await?;
        let mut listed = Vec::new();
        for set in sets.into_iter().filter(|set| viewer.organizer || !set.dropped) {
            let needs_rules = rules.rules.required;
            let refusal = now.and_then(|now| rules::refusal(&set, viewer, needs_rules, now));
            let own = versions.extract_if(.., |v| v.set == set.id).collect::<Vec<_>>();
            let readable = |v: &Version| refusal.is_none() && (viewer.organizer || !v.withdrawn);
            let versions = own.into_iter().filter(readable).collect();
            listed.push(Listed { set, refusal, versions });
        }
        Ok(Listing { sets: listed, rules })
    }

    /// The files of a version that the viewer wants and may read.
    pub async fn open(
        &self,
        person: Option<&Principal>,
        asked: Asked<'_>,
        only: Option<&str>,
    ) -> Result<Opened, DataError> {
        let selection = Selection::read(only)?;
        let mut conn = self.db.acquire().await?;
        let (set, version) = readable(&mut conn, person, asked).await?;
        let files = selection.of(sets::files(&mut conn, version.id, None).await?)?;
        Ok(Opened { set, version, files })
    }

    /// One file of a version; whether its set is open to everybody.
    pub async fn file(
        &self,
        person: Option<&Principal>,
        asked: Asked<'_>,
        path: &str,
    ) -> Result<(DataSet, DataFile), DataError> {
        let mut conn = self.db.acquire().await?;
        let (set, version) = readable(&mut conn, person, asked).await?;
        let file = sets::files(&mut conn, version.id, Some(path)).await?.pop();
        Ok((set, file.ok_or(DataError::NotFound)?))
    }

    /// A file of the section `files`.
    pub async fn public_file(&self, slug: &str, path: &str) -> Result<DataFile, DataError> {
        let asked = Asked { competition: slug, set: FILES, version: "latest" };
        Ok(self.file(None, asked, path).await?.1)
    }

    /// A part of a version, or all of it, as one archive.
    pub async fn archive(
        &self,
        person: Option<&Principal>,
        asked: Asked<'_>,
        only: Option<&str>,
    ) -> Result<(Opened, Archive), DataError> {
        let opened = self.open(person, asked, only).await?;
        let mut files = Vec::new();
        for file in &opened.files {
            files.push((file.path.clone(), stored(file)?.clone()));
        }
        let archive = Archive::of(files).map_err(crate::storage::StorageError::from)?;
        Ok((opened, archive))
    }

    /// The rules of a competition, and whether a person accepted them.
    pub async fn rules(&self, person: Option<&Principal>, slug: &str) -> Result<Standing, DataError> {
        let mut conn = self.db.acquire().await?;
        let competition = find(&mut conn, slug).await?;
        standing(&mut conn, person.map(|p| p.user), competition).await
    }

    /// Accepts the rules in the version that the person has read. `true`: it was done now.
    pub async fn accept(
        &self,
        person: &Principal,
        slug: &str,
        version: &str,
    ) -> Result<(bool, Standing), DataError> {
        let mut tx = self.db.begin().await?;
        let competition = find(&mut tx, slug).await?;
        let before = standing(&mut tx, Some(person.user), competition).await?;
        let current = before.rules.version.as_ref().ok_or(DataError::NoRules)?;
        if hex::encode(current) != version.to_ascii_lowercase() {
            return Err(DataError::RulesChanged { version: hex::encode(current) });
        }
        let made = acceptances::insert(&mut tx, competition, person.user, current).await?;
        let after = standing(&mut tx, Some(person.user), competition).await?;
        tx.commit().await?;
        Ok((made, after))
    }
}

/// The blob of a file that this server keeps.
pub fn stored(file: &DataFile) -> Result<&crate::storage::Blob, DataError> {
    file.blob
        .as_ref()
        .ok_or_else(|| DataError::OnlyOnMirrors { path: file.path.clone(), mirrors: file.mirrors.clone() })
}

async fn find(conn: &mut PgConnection, slug: &str) -> Result<CompetitionId, DataError> {
    Ok(competitions::store::find(conn, slug).await?.ok_or(DataError::NotFound)?.id)
}

async fn standing(
    conn: &mut PgConnection,
    user: Option<UserId>,
    competition: CompetitionId,
) -> Result<Standing, DataError> {
    let rules = acceptances::rules(conn, competition).await?.ok_or(DataError::NotFound)?;
    let accepted_at = match user {
        None => None,
        Some(user) => acceptance::accepted_at(conn, &rules, user).await?,
    };
    Ok(Standing { rules, accepted_at })
}

async fn viewer(
    conn: &mut PgConnection,
    person: Option<&Principal>,
    competition: CompetitionId,
) -> Result<(Standing, Viewer), DataError> {
    let standing = standing(conn, person.map(|p| p.user), competition).await?;
    let member = match person {
        None => false,
        Some(person) => sets::is_in_a_team(conn, competition, person.user).await?,
    };
    let viewer = Viewer {
        organizer: access::is_organizer(conn, person, competition).await?,
        logged_in: person.is_some(),
        accepted: standing.accepted_at.is_some(),
        member,
    };
    Ok((standing, viewer))
}

/// The version that is asked for, if the viewer may read it.
async fn readable(
    conn: &mut PgConnection,
    person: Option<&Principal>,
    asked: Asked<'_>,
) -> Result<(DataSet, Version), DataError> {
    let competition = find(conn, asked.competition).await?;
    let (rules, viewer) = viewer(conn, person, competition).await?;
    let (sets, now) = sets::list(conn, competition).await?;
    let known = |set: &DataSet| set.slug == asked.set && (viewer.organizer || !set.dropped);
    let set = sets.into_iter().find(known).ok_or(DataError::NotFound)?;
    let now = now.ok_or(DataError::NotFound)?;
    if let Some(refusal) = rules::refusal(&set, viewer, rules.rules.required, now) {
        return Err(DataError::Refused(refusal));
    }
    let mut versions = sets::versions(conn, competition).await?;
    versions.retain(|v| v.set == set.id);
    let version = match asked.version {
        "latest" => rules::latest(&versions).ok_or(DataError::Refused(Refusal::Withdrawn))?,
        number => {
            let number: i32 = number.parse().map_err(|_| DataError::NotFound)?;
            versions.iter().find(|v| v.number == number).ok_or(DataError::NotFound)?
        }
    };
    if version.withdrawn && !viewer.organizer {
        return Err(DataError::Refused(Refusal::Withdrawn));
    }
    let version = version.clone();
    Ok((set, version))
}
