//! Values that reach templates as themselves: one that prints such a value prints its HTML.

/// What a template may ask of such a value, beside printing it.
pub(super) trait Printed {
    /// The answer; nothing where the value has none of that name.
    fn answer(&self, _asked: &str) -> Option<minijinja::Value> {
        None
    }
}

/// Makes values reach templates as themselves.
macro_rules! printed {
    ($($kind:ty),+) => {$(
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let value = minijinja::Value::from_object(self.clone());
                serde::Serialize::serialize(&value, serializer)
            }
        }

        impl minijinja::value::Object for $kind {
            fn repr(self: &std::sync::Arc<Self>) -> minijinja::value::ObjectRepr {
                minijinja::value::ObjectRepr::Plain
            }

            fn get_value_by_str(
                self: &std::sync::Arc<Self>,
                key: &str,
            ) -> Option<minijinja::Value> {
                $crate::views::context::printed::Printed::answer(&**self, key)
            }

            fn get_value(
                self: &std::sync::Arc<Self>,
                key: &minijinja::Value,
            ) -> Option<minijinja::Value> {
                self.get_value_by_str(key.as_str()?)
            }
        }
    )+};
}

pub(super) use printed;
