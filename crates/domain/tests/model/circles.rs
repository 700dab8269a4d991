//! Whether a model has a path that comes back to where it was.

use std::collections::HashMap;
use std::hash::Hash;

use stateright::Model;

/// Looks at every state depth first; a step to a state that is still being looked at closes a circle.
pub(crate) fn exist<M: Model>(model: &M) -> bool
where
    M::State: Clone + Eq + Hash,
{
    let mut finished: HashMap<M::State, bool> = HashMap::new();
    let mut path: Vec<(M::State, Vec<M::State>)> = Vec::new();
    for start in model.init_states() {
        path.push((start.clone(), model.next_states(&start)));
        finished.insert(start, false);
        while let Some((state, rest)) = path.last_mut() {
            let Some(next) = rest.pop() else {
                finished.insert(state.clone(), true);
                path.pop();
                continue;
            };
            match finished.get(&next) {
                Some(true) => {}
                Some(false) => return true,
                None => {
                    let after = model.next_states(&next);
                    finished.insert(next.clone(), false);
                    path.push((next, after));
                }
            }
        }
    }
    false
}
