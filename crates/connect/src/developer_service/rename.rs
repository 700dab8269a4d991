//! The three shapes that UpdateApiKey may have, for the contract leaves its body open.
//!
//! A server that cannot read a shape says so and changes nothing, so the next one is tried; the one
//! that worked is remembered for the life of the connector.

use std::sync::atomic::{AtomicU8, Ordering};

use keystow_domain::KeyId;
use keystow_portal_api::keys::{ApiKeyPatch, UpdateApiKeyRequest};

/// A shape of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `{id, apiKey: {name}, updateMask: "name"}`.
    Nested,
    /// `{id, name, updateMask: "name"}`.
    Flat,
    /// `{id, name}`.
    Bare,
}

impl Shape {
    const ALL: [Self; 3] = [Self::Nested, Self::Flat, Self::Bare];

    pub(super) fn body(self, id: &KeyId, name: &str) -> UpdateApiKeyRequest {
        let mut body =
            UpdateApiKeyRequest { id: Some(id.as_str().to_owned()), ..UpdateApiKeyRequest::default() };
        let name = Some(name.to_owned());
        match self {
            Self::Nested => body.api_key = Some(ApiKeyPatch { id: None, name }),
            Self::Flat | Self::Bare => body.name = name,
        }
        if self != Self::Bare {
            body.update_mask = Some("name".to_owned());
        }
        body
    }

    pub(super) fn is_last(self) -> bool {
        self == Self::Bare
    }
}

/// Which shape to try first.
#[derive(Debug, Default)]
pub(super) struct Shapes(AtomicU8);

impl Shapes {
    /// The shapes from the one that worked last on.
    pub(super) fn to_try(&self) -> impl Iterator<Item = Shape> + use<> {
        Shape::ALL.into_iter().skip(usize::from(self.0.load(Ordering::Relaxed)))
    }

    pub(super) fn remember(&self, shape: Shape) {
        self.0.store(shape as u8, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_that_worked_is_tried_first_the_next_time() {
        let shapes = Shapes::default();
        assert_eq!(shapes.to_try().next(), Some(Shape::Nested));
        shapes.remember(Shape::Flat);
        assert_eq!(shapes.to_try().collect::<Vec<_>>(), [Shape::Flat, Shape::Bare]);
    }

    #[test]
    fn each_shape_says_the_name_once() {
        let written = |shape: Shape| serde_json::to_string(&shape.body(&KeyId::new("key_1"), "a")).unwrap();
        assert_eq!(written(Shape::Nested), r#"{"id":"key_1","apiKey":{"name":"a"},"updateMask":"name"}"#);
        assert_eq!(written(Shape::Flat), r#"{"id":"key_1","name":"a","updateMask":"name"}"#);
        assert_eq!(written(Shape::Bare), r#"{"id":"key_1","name":"a"}"#);
    }
}
